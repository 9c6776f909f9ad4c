// Begins to read something before anybody asks for it.

/** The same items; the first one is asked for at once. A failure is told to whoever reads, and to nobody if nobody does. */
export function begun<Item>(items: AsyncIterable<Item>): AsyncIterableIterator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<Item>> | undefined = iterator.next();
  first.catch(() => undefined);
  return {
    next: () => {
      const next = first ?? iterator.next();
      first = undefined;
      return next;
    },
    return: async (value?: unknown) =>
      (await iterator.return?.(value)) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
