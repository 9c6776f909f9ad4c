// Reads the hosts of an Ansible inventory file, INI or YAML.
import { extname } from 'node:path';
import { InventoryError, UsageError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { readAnsibleIni } from './import-ansible-ini.ts';
import { foundHostOf } from './import-ansible-host.ts';
import type { AnsibleHost, AnsibleTree } from './import-ansible-tree.ts';
import { readAnsibleYaml } from './import-ansible-yaml.ts';
import { readSource } from './import-file.ts';
import type { FoundHost, FoundHosts, SkippedHost } from './import-source.ts';

/** Where Ansible looks when nothing else is said. */
export const ansibleHostsFile = '/etc/ansible/hosts';

/**
 * Reads one inventory file. Variables in group_vars and host_vars, and those that plug-ins compute, are not known.
 * @throws UsageError when the file cannot be read; InventoryError with lines when it is malformed
 */
export async function readAnsibleHosts(file: string): Promise<FoundHosts> {
  const text = await readSource(file, directoryHint(file));
  if (text.startsWith('#!')) {
    const hint = `Write what it says to a file, and import that: ansible-inventory -i ${shellWord(file)} --list --yaml`;
    throw new UsageError(`${file} is a program, not a list of hosts`, { hint });
  }
  const isYaml = ['.yml', '.yaml', '.json'].includes(extname(file).toLowerCase());
  const hosts = hostsOf(file, isYaml ? fromYaml(file, text) : fromIni(file, text));
  const found = hosts.map((host) => foundHostOf(host));
  return {
    source: file,
    hosts: found.filter((each): each is FoundHost => !('reason' in each)),
    skipped: found.filter((each): each is SkippedHost => 'reason' in each),
  };
}

function directoryHint(file: string): string {
  return `For a directory: ansible-inventory -i ${shellWord(file)} --list --yaml >hosts.yaml, and import hosts.yaml`;
}

function fromYaml(file: string, text: string): AnsibleTree {
  const { tree, problems } = readAnsibleYaml(text);
  if (problems.length > 0) throw new InventoryError(file, problems, { hint: checkIt(file) });
  return tree;
}

function fromIni(file: string, text: string): AnsibleTree {
  const { tree, problems } = readAnsibleIni(text);
  if (problems.length === 0) return tree;
  const found = problems.map(({ line, message }) => ({ line, column: 1, key: '', message }));
  throw new InventoryError(file, found, { hint: checkIt(file) });
}

function hostsOf(file: string, tree: AnsibleTree): AnsibleHost[] {
  try {
    return tree.hosts();
  } catch (error) {
    const message = (error as Error).message;
    const problem = { line: undefined, column: undefined, key: '', message };
    throw new InventoryError(file, [problem], { hint: checkIt(file) });
  }
}

function checkIt(file: string): string {
  return `What Ansible makes of it: ansible-inventory -i ${shellWord(file)} --list. A YAML file must be named .yml or .yaml.`;
}
