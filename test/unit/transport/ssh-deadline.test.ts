// The deadline of a connection attempt: it passes, it stands still, the caller's signal comes first.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CancelledError, ConnectError } from '../../../src/errors.ts';
import { ConnectDeadline } from '../../../src/transport/ssh/ssh-deadline.ts';

const text = () => ({ host: 'web-1', place: 'web-1 (foo.ex:22)' });

describe('ConnectDeadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('aborts with a timeout that names the place', () => {
    using deadline = new ConnectDeadline(10, text);
    vi.advanceTimersByTime(9999);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.reason).toBeInstanceOf(ConnectError);
    expect(deadline.signal.reason).toMatchObject({ reason: 'timeout', host: 'web-1' });
  });

  test('stands still while a person is asked, and goes on with what was left', async () => {
    using deadline = new ConnectDeadline(10, text);
    vi.advanceTimersByTime(6000);
    let answer!: (value: string) => void;
    const asked = deadline.whileAsking(() => new Promise<string>((resolve) => (answer = resolve)));
    vi.advanceTimersByTime(60_000);
    expect(deadline.signal.aborted).toBe(false);
    answer('yes');
    expect(await asked).toBe('yes');
    vi.advanceTimersByTime(3999);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
  });

  test('a question ends when the caller aborts', async () => {
    const stop = new AbortController();
    using deadline = new ConnectDeadline(10, text, stop.signal);
    const asked = deadline.whileAsking(() => new Promise(() => undefined));
    stop.abort();
    await expect(asked).rejects.toThrow(CancelledError);
  });

  test('passes on the reason of a caller that has one', () => {
    const reason = new CancelledError('Ctrl-C');
    using deadline = new ConnectDeadline(10, text, AbortSignal.abort(reason));
    expect(deadline.signal.reason).toBe(reason);
  });

  test('does nothing any more once it is disposed of', () => {
    const stop = new AbortController();
    const deadline = new ConnectDeadline(10, text, stop.signal);
    deadline[Symbol.dispose]();
    vi.advanceTimersByTime(20_000);
    stop.abort();
    expect(deadline.signal.aborted).toBe(false);
  });
});
