// Reads an Ansible inventory in INI form (Ansible's documentation, "How to build your inventory"). Pure.
import { AnsibleTree, expandRanges, splitPort, type Variables } from './import-ansible-tree.ts';
import { shellWords } from './import-words.ts';

/** What a line was read wrongly for. */
export interface IniProblem {
  /** Counts from 1. */
  readonly line: number;
  readonly message: string;
}

interface Section {
  readonly group: string;
  readonly kind: 'hosts' | 'children' | 'vars';
}

/** Reads the text. What is wrong with lines is collected. */
export function readAnsibleIni(text: string): {
  readonly tree: AnsibleTree;
  readonly problems: readonly IniProblem[];
} {
  const tree = new AnsibleTree();
  const problems: IniProblem[] = [];
  let section: Section = { group: 'ungrouped', kind: 'hosts' };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    try {
      const header = sectionOf(line);
      if (header === undefined) readLine(tree, section, line);
      else section = header;
      tree.addGroup(section.group);
    } catch (error) {
      problems.push({ line: index + 1, message: (error as Error).message });
    }
  }
  return { tree, problems };
}

function sectionOf(line: string): Section | undefined {
  const [, group, kind = 'hosts'] = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line) ?? [];
  if (group === undefined) return undefined;
  if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars') {
    throw new Error(`a section is [group], [group:children] or [group:vars], not ${line}`);
  }
  return { group, kind };
}

function readLine(tree: AnsibleTree, { group, kind }: Section, line: string): void {
  if (kind === 'vars') {
    tree.addVariables(group, variablesOf([line]));
  } else if (kind === 'children') {
    const [child = '', ...more] = shellWords(line, { comments: true });
    if (more.length > 0) throw new Error(`expected the name of a group, found “${line}”`);
    if (child !== '') tree.addChild(group, child);
  } else {
    readHosts(tree, group, line);
  }
}

function readHosts(tree: AnsibleTree, group: string, line: string): void {
  const [pattern, ...words] = shellWords(line, { comments: true });
  if (pattern === undefined) return;
  if (pattern.startsWith('[') && !/^\[[^\]]*:/.test(pattern)) {
    throw new Error(`“${line}” is neither a section nor a host`);
  }
  const { name, port } = splitPort(pattern);
  const variables = { ...(port !== undefined && { ansible_port: port }), ...variablesOf(words) };
  for (const host of expandRanges(name)) tree.addHost(group, host, variables);
}

function variablesOf(words: readonly string[]): Variables {
  return Object.fromEntries(
    words.map((word) => {
      const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/s.exec(word) ?? [];
      if (name === undefined || value === undefined) {
        throw new Error(`expected name=value, found “${word}”`);
      }
      return [name, unquoted(value)];
    }),
  );
}

/** A value is a literal of Python where it is one: quotes around it, or a comment behind it, do not belong to it. */
function unquoted(value: string): string {
  const [, , quoted] = /^(["'])(.*)\1\s*(?:#.*)?$/s.exec(value) ?? [];
  return quoted ?? /^(\d+)\s*#/.exec(value)?.[1] ?? value;
}
