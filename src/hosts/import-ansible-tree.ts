// Groups, hosts and variables of an Ansible inventory, and what follows for each host. Pure.

/** Variables by name, as they were written. */
export type Variables = Readonly<Record<string, string>>;

/** A host with what holds for it. */
export interface AnsibleHost {
  readonly name: string;
  /** Every group it is in, those that contain others first; without `all` and `ungrouped`. */
  readonly groups: readonly string[];
  readonly variables: Variables;
}

interface Group {
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly variables: Record<string, string>;
}

/** An inventory while it is read. */
export class AnsibleTree {
  readonly #groups = new Map<string, Group>();
  /** Host → its own variables, in the order in which hosts were named. */
  readonly #hosts = new Map<string, Record<string, string>>();

  addGroup(name: string): void {
    this.#group(name);
  }

  addChild(group: string, child: string): void {
    this.#group(child);
    this.#group(group).children.add(child);
  }

  addHost(group: string, name: string, variables: Variables): void {
    this.#group(group).hosts.add(name);
    this.#hosts.set(name, { ...this.#hosts.get(name), ...variables });
  }

  addVariables(group: string, variables: Variables): void {
    Object.assign(this.#group(group).variables, variables);
  }

  /**
   * Every host. Variables of a group win over those of the groups that contain it, a host's own over all; of groups
   * that are equally deep, the later in the alphabet wins, or the one with the higher `ansible_group_priority`.
   * @throws Error when groups contain each other
   */
  hosts(): AnsibleHost[] {
    const depths = this.#depths();
    return [...this.#hosts].map(([name, own]) => {
      const groups = [...this.#groupsOf(name)].sort((one, other) =>
        this.#compare(one, other, depths),
      );
      const layers = groups.map((group) => this.#group(group).variables);
      const all = this.#groups.get('all')?.variables ?? {};
      return {
        name,
        groups: groups.filter((group) => group !== 'all' && group !== 'ungrouped'),
        variables: Object.assign({}, all, ...layers, own) as Variables,
      };
    });
  }

  #compare(one: string, other: string, depths: ReadonlyMap<string, number>): number {
    const depth = (depths.get(one) ?? 0) - (depths.get(other) ?? 0);
    if (depth !== 0) return depth;
    const priority = this.#priority(one) - this.#priority(other);
    if (priority !== 0) return priority;
    return one < other ? -1 : Number(one > other);
  }

  #priority(name: string): number {
    return Number(this.#group(name).variables['ansible_group_priority'] ?? 1);
  }

  /** The groups that name the host, and all that contain them. */
  #groupsOf(host: string): Set<string> {
    const found = new Set<string>();
    const add = (name: string): void => {
      if (found.has(name)) return;
      found.add(name);
      for (const [parent, { children }] of this.#groups) if (children.has(name)) add(parent);
    };
    for (const [name, { hosts }] of this.#groups) if (hosts.has(host)) add(name);
    return found;
  }

  #depths(): Map<string, number> {
    const depths = new Map<string, number>();
    const visit = (name: string, depth: number, path: readonly string[]): void => {
      if (path.includes(name)) throw new Error(`the group ${name} contains itself`);
      if ((depths.get(name) ?? -1) >= depth) return;
      depths.set(name, depth);
      for (const child of this.#group(name).children) visit(child, depth + 1, [...path, name]);
    };
    for (const name of this.#groups.keys()) visit(name, name === 'all' ? 0 : 1, []);
    return depths;
  }

  #group(name: string): Group {
    const existing = this.#groups.get(name);
    if (existing) return existing;
    const group = { hosts: new Set<string>(), children: new Set<string>(), variables: {} };
    this.#groups.set(name, group);
    return group;
  }
}

/** A pattern stands for at most this many hosts; more are a mistake. */
const mostHosts = 10_000;

/**
 * Expands the ranges of a host pattern: `web[01:20]`, `db-[a:f]`, `[1:9:2]`, several of them.
 * @throws Error when a range is none
 */
export function expandRanges(pattern: string): string[] {
  // In brackets is also an IPv6 address, which holds more than two colons.
  const [whole, before = '', from = '', to = '', step, after = ''] =
    /^(.*?)\[([^:\]]*):([^:\]]+)(?::(\d+))?\](.*)$/s.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  const rest = expandRanges(after);
  const range = rangeOf(from === '' ? '0' : from, to, Number(step ?? 1));
  if (range.length * rest.length > mostHosts)
    throw new Error(`“${pattern}” stands for more than ${mostHosts} hosts`);
  return range.flatMap((each) => rest.map((end) => `${before}${each}${end}`));
}

function rangeOf(from: string, to: string, step: number): string[] {
  const isNumeric = /^\d+$/.test(from) && /^\d+$/.test(to);
  const isLetters = /^[a-z]$/i.test(from) && /^[a-z]$/i.test(to);
  const [first, last] = isNumeric
    ? [Number(from), Number(to)]
    : [from.charCodeAt(0), to.charCodeAt(0)];
  if ((!isNumeric && !isLetters) || last < first || step < 1 || (last - first) / step > mostHosts) {
    throw new Error(`“[${from}:${to}]” is not a range`);
  }
  const width = from.startsWith('0') ? from.length : 0;
  const count = Math.floor((last - first) / step) + 1;
  const values = Array.from({ length: count }, (_, index) => first + index * step);
  return values.map((value) =>
    isNumeric ? String(value).padStart(width, '0') : String.fromCharCode(value),
  );
}

/** A host pattern with its port: `web-1:2222`, `[2001:db8::1]:22`. */
export function splitPort(pattern: string): { readonly name: string; readonly port?: string } {
  const [, bracketed, bracketPort] =
    /^\[([0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*)\](?::(\d+))?$/i.exec(pattern) ?? [];
  if (bracketed !== undefined) {
    return { name: bracketed, ...(bracketPort !== undefined && { port: bracketPort }) };
  }
  const [, name, port] = /^((?:[^:[\]]|\[[^\]]*\])+):(\d+)$/.exec(pattern) ?? [];
  return name !== undefined && port !== undefined ? { name, port } : { name: pattern };
}
