// From the variables of an Ansible host to the settings of an inventory host. Pure.
import type { AnsibleHost, Variables } from './import-ansible-tree.ts';
import type { FoundHost, SkippedHost } from './import-source.ts';
import { shellWords } from './import-words.ts';

/** Ways to connect that are ssh. */
const sshConnections = ['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'ansible.builtin.ssh'];

/** Variables that hold more arguments of ssh. */
const argumentVariables = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'];

/** Reads how Ansible reaches a host; says why, where that is not by ssh or not known before Ansible runs. */
export function foundHostOf({ name, groups, variables }: AnsibleHost): FoundHost | SkippedHost {
  const way = {
    host: first(variables, 'ansible_host', 'ansible_ssh_host'),
    port: first(variables, 'ansible_port', 'ansible_ssh_port'),
    user: first(variables, 'ansible_user', 'ansible_ssh_user'),
    key: first(variables, 'ansible_ssh_private_key_file', 'ansible_private_key_file'),
  };
  const reason = obstacle(variables['ansible_connection'] ?? 'ssh', way);
  if (reason !== undefined) return { name, reason };
  const { settings, remarks } = readArguments(variables);
  return {
    name,
    address: way.host,
    groups,
    settings: {
      ...(way.user !== undefined && { ssh_user: way.user }),
      ...(way.port !== undefined && { ssh_port: Number(way.port) }),
      ...(way.key !== undefined && { identity_file: way.key }),
      ...settings,
    },
    remarks: [...remarks, ...passwordRemarks(variables)],
  };
}

type Way = Readonly<Record<'host' | 'port' | 'user' | 'key', string | undefined>>;

function obstacle(connection: string, way: Way): string | undefined {
  if (connection === 'local') return 'it is this machine (ansible_connection=local)';
  if (!sshConnections.includes(connection)) {
    return `it is not reached by ssh (ansible_connection=${connection})`;
  }
  const template = Object.values(way).find((value) => value?.includes('{{'));
  if (template !== undefined) return `only Ansible knows the value of ${template}`;
  const port = Number(way.port ?? 22);
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  return isPort ? undefined : `“${way.port ?? ''}” is not a port`;
}

function first(variables: Variables, ...names: readonly string[]): string | undefined {
  return names.map((name) => variables[name]).find((value) => value !== undefined && value !== '');
}

function passwordRemarks(variables: Variables): string[] {
  const names = ['ansible_password', 'ansible_ssh_pass', 'ansible_become_password'];
  const given = names.filter((name) => variables[name] !== undefined);
  return given.map((name) => `${name} is not taken over: the inventory holds no passwords`);
}

interface ReadArguments {
  readonly settings: { proxy_jump?: string; ssh_config?: string };
  readonly remarks: string[];
}

function readArguments(variables: Variables): ReadArguments {
  const read: ReadArguments = { settings: {}, remarks: [] };
  for (const name of argumentVariables) {
    const text = variables[name];
    if (text === undefined || text === '') continue;
    for (const option of optionsOf(text)) readOption(option, name, read);
  }
  return read;
}

function readOption(option: Option, name: string, { settings, remarks }: ReadArguments): void {
  const jump = jumpIn(option);
  const [letter, value] = option;
  if (jump !== undefined) settings.proxy_jump ??= jump;
  else if (letter === '-F') {
    settings.ssh_config ??= value;
    // An inventory is read before it is trusted, and such a file can name programs.
    remarks.push(
      `-F ${value} of ${name} becomes ssh_config: ssh reads that file, and runs what it names`,
    );
  } else {
    const text = `${letter} ${value}`.trim();
    remarks.push(`${text} of ${name} is not taken over: say it in your ssh configuration`);
  }
}

function jumpIn([letter, value]: Option): string | undefined {
  if (letter === '-J') return value;
  if (letter !== '-o') return undefined;
  const [, key = '', setting = ''] = /^\s*(\w+)\s*[= ]\s*(.*)$/s.exec(value) ?? [];
  if (key.toLowerCase() === 'proxyjump') return setting;
  return key.toLowerCase() === 'proxycommand' ? jumpOf(setting) : undefined;
}

type Option = readonly [option: string, value: string];

/** Options of ssh(1) with their values. */
function optionsOf(text: string): Option[] {
  const words = tryWords(text);
  const options: Option[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const takesValue = /^-[oJFiplbBcDeEILmOQRSwW]/.test(word);
    if (!takesValue) options.push([word, '']);
    else if (word.length > 2) options.push([word.slice(0, 2), word.slice(2)]);
    else options.push([word, words[++at] ?? '']);
  }
  return options;
}

function tryWords(text: string): string[] {
  try {
    return shellWords(text);
  } catch {
    return [text];
  }
}

/** `ssh -W %h:%p -q user@bastion`, as it was written before ProxyJump: its host, unless it holds more. */
function jumpOf(command: string): string | undefined {
  const options = optionsOf(command.replace(/^\s*ssh\s+/, ''));
  const port = options.find(([option]) => option === '-p')?.[1];
  const user = options.find(([option]) => option === '-l')?.[1];
  const hosts = options.filter(([option]) => !option.startsWith('-')).map(([host]) => host);
  const known = options.every(([option]) => /^(-[Wplq]|[^-].*)$/.test(option));
  const forwards = options.some(
    ([option, value]) => option === '-W' && /^\[?%h\]?:%p$/.test(value),
  );
  if (!/^\s*ssh\s/.test(command) || !known || !forwards || hosts.length !== 1) return undefined;
  const place = `${user === undefined ? '' : `${user}@`}${hosts[0] ?? ''}`;
  return port === undefined ? place : `${place}:${port}`;
}
