// Generated from the operations in src/ops by `npm run generate`. Do not edit.
/* eslint-disable max-lines -- generated: as long as there are commands */
import type { ManifestCommand } from './manifest-types.ts';

/** Every command, in the order that help shows them. */
export const manifest: readonly ManifestCommand[] = [
  {
    name: 'logs',
    summary: 'Show the logs of opencode and its gateway',
    description: 'All lines, as "docker logs" does, unless --tail or --since says less.',
    examples: [
      { command: 'occ logs --tail 50', explanation: 'the last 50 lines' },
      {
        command: 'occ --all logs --follow --since 10m',
        explanation: 'all hosts, each line tagged',
      },
    ],
    effect: 'read',
    scope: 'host',
    streams: true,
    positionals: [],
    options: [
      {
        key: 'follow',
        flag: 'follow',
        short: 'f',
        type: 'boolean',
        description: 'Go on with new lines until interrupted',
        default: false,
      },
      {
        key: 'tail',
        flag: 'tail',
        short: 'n',
        type: 'integer',
        description: 'Number of lines from the end; default: all',
      },
      {
        key: 'timestamps',
        flag: 'timestamps',
        type: 'boolean',
        description: 'Begin each line with its time',
        default: false,
      },
      {
        key: 'since',
        flag: 'since',
        type: 'string',
        description: 'Only lines after a time, or younger than a duration such as 10m',
      },
    ],
  },
  {
    name: 'open',
    summary: 'Open the web UI of a host in the browser of this machine',
    description:
      'Listens on 127.0.0.1, on a port that is always the same for that host, and carries every connection to the host as long as the command runs. Nothing has to be open on the host but SSH.',
    examples: [
      { command: 'occ open', explanation: 'the default host' },
      { command: 'occ open web-1', explanation: 'one host' },
      { command: 'occ open web-1 --print-url', explanation: 'without a browser' },
    ],
    effect: 'read',
    scope: 'inventory',
    streams: true,
    positionals: [
      {
        key: 'host',
        type: 'string',
        description: 'Host whose web UI is opened; default: the selected hosts',
        required: false,
      },
    ],
    options: [
      {
        key: 'port',
        flag: 'port',
        type: 'integer',
        description: 'Local port; default: always the same one for that host',
      },
      {
        key: 'print_url',
        flag: 'print-url',
        type: 'boolean',
        description: 'Print the URL only, open no browser',
        default: false,
      },
      {
        key: 'browser',
        flag: 'browser',
        type: 'boolean',
        description: 'Open the URL in the browser of this machine',
        default: true,
      },
    ],
  },
  {
    name: 'restart',
    summary: 'Restart opencode and wait until it is healthy',
    description:
      'Stops the container and starts it again as it is. Changed settings are applied by "occ start".',
    examples: [
      { command: 'occ restart', explanation: 'on the default host' },
      { command: 'occ --host web-1 restart', explanation: 'on one host' },
    ],
    effect: 'change',
    scope: 'host',
    streams: false,
    positionals: [],
    options: [],
  },
  {
    name: 'start',
    summary: 'Start opencode and wait until it is healthy',
    description:
      'Builds the image when the host lacks it, creates the volumes and the container, and waits for the health check. A container whose settings or image changed is replaced; when the new one does not become healthy, the old one is put back.',
    examples: [
      { command: 'occ start', explanation: 'on the default host' },
      { command: 'occ --host web-1,web-2 start', explanation: 'on two hosts, in parallel' },
      { command: 'occ --all start --dry-run', explanation: 'tells what would be done where' },
    ],
    effect: 'change',
    scope: 'host',
    streams: false,
    positionals: [],
    options: [
      {
        key: 'build',
        flag: 'build',
        type: 'boolean',
        description: 'Build the image again, even when it is current',
        default: false,
      },
      {
        key: 'recreate',
        flag: 'recreate',
        type: 'boolean',
        description: 'Make a new container, even when nothing changed; volumes stay',
        default: false,
      },
    ],
  },
  {
    name: 'status',
    summary: 'Show whether opencode runs and is healthy, and where',
    description:
      'Everything is read from the hosts. The exit code is 0 only when all selected hosts are healthy.',
    examples: [
      { command: 'occ status', explanation: 'of the default host, in detail' },
      { command: 'occ --all status', explanation: 'of every host, as a table' },
      { command: 'occ --all status --json', explanation: 'for programs' },
    ],
    effect: 'read',
    scope: 'host',
    streams: false,
    positionals: [],
    options: [],
  },
  {
    name: 'stop',
    summary: 'Stop opencode',
    description:
      'The container stays stopped, also after the host reboots, until "occ start". Sessions, projects, configuration and users stay in their volumes, with --remove too.',
    examples: [
      { command: 'occ stop', explanation: 'on the default host' },
      {
        command: 'occ --host web-1 stop --remove',
        explanation: 'removes the container, keeps the data',
      },
    ],
    effect: 'change',
    scope: 'host',
    streams: false,
    positionals: [],
    options: [
      {
        key: 'remove',
        flag: 'remove',
        type: 'boolean',
        description: 'Remove the container as well; the volumes stay',
        default: false,
      },
    ],
  },
  {
    name: 'config.get',
    summary: 'Print the value of a setting',
    description: 'Of one host: the value alone on its line, and nothing when it is not set.',
    examples: [
      { command: 'occ config get port', explanation: 'the value for the default host' },
      { command: 'occ --all config get port', explanation: 'the value for each host' },
    ],
    effect: 'read',
    scope: 'inventory',
    streams: false,
    positionals: [
      {
        key: 'key',
        type: 'string',
        description:
          'One of: port, bind_address, container_name, base_image, extra_ca_file, health_timeout, docker_socket, connect_timeout, ssh_user, ssh_port, ssh_config, identity_file, proxy_jump, warm_connections, password_login, host_keys',
        required: true,
      },
    ],
    options: [],
  },
  {
    name: 'config.path',
    summary: 'Print the path of the inventory',
    description: 'The file need not exist: it is made by the first command that writes to it.',
    examples: [
      { command: 'occ config path', explanation: 'the file that is in use' },
      { command: '$EDITOR "$(occ config path)"', explanation: 'edit it by hand' },
    ],
    effect: 'read',
    scope: 'inventory',
    streams: false,
    positionals: [],
    options: [],
  },
  {
    name: 'config.set',
    summary: 'Change a setting',
    description:
      'Writes to "defaults", which every host follows; with --group to that group; with --host to each selected host. With --host, "address" and "groups" (comma separated) can be set as well.',
    examples: [
      {
        command: 'occ config set port 3001',
        explanation: 'for every host that does not say otherwise',
      },
      { command: 'occ --host web-1 config set ssh_user deploy', explanation: 'for one host' },
      { command: 'occ config set bind_address 10.0.0.5 --group lan', explanation: 'for a group' },
    ],
    effect: 'change',
    scope: 'inventory',
    streams: false,
    positionals: [
      {
        key: 'key',
        type: 'string',
        description:
          'One of: port, bind_address, container_name, base_image, extra_ca_file, health_timeout, docker_socket, connect_timeout, ssh_user, ssh_port, ssh_config, identity_file, proxy_jump, warm_connections, password_login, host_keys',
        required: true,
      },
      {
        key: 'value',
        type: 'string',
        description: 'The new value; items of a list are separated by commas',
        required: true,
      },
    ],
    options: [
      { key: 'group', flag: 'group', type: 'string', description: 'Write it to this group' },
    ],
  },
  {
    name: 'config.show',
    summary: 'Show the settings that hold, and where each comes from',
    description:
      'A value comes from the host, else from its last group that has it, else from "defaults", else it is built in.',
    examples: [
      { command: 'occ config show', explanation: 'settings of the default host' },
      {
        command: 'occ --host web-1 config show --json',
        explanation: 'settings of one host, as JSON',
      },
    ],
    effect: 'read',
    scope: 'inventory',
    streams: false,
    positionals: [],
    options: [],
  },
  {
    name: 'config.unset',
    summary: 'Remove a setting, so that the default holds again',
    description:
      'Removes it from "defaults"; with --group from that group; with --host from each selected host.',
    examples: [
      { command: 'occ config unset port', explanation: 'back to the built-in port' },
      {
        command: 'occ --host web-1 config unset port',
        explanation: 'web-1 follows the others again',
      },
    ],
    effect: 'change',
    scope: 'inventory',
    streams: false,
    positionals: [
      {
        key: 'key',
        type: 'string',
        description:
          'One of: port, bind_address, container_name, base_image, extra_ca_file, health_timeout, docker_socket, connect_timeout, ssh_user, ssh_port, ssh_config, identity_file, proxy_jump, warm_connections, password_login, host_keys',
        required: true,
      },
    ],
    options: [
      { key: 'group', flag: 'group', type: 'string', description: 'Remove it from this group' },
    ],
  },
  {
    name: 'host.add',
    summary: 'Add a machine to the inventory',
    description:
      'Connects to it and checks its Docker Engine; when that fails, nothing is written. A host key that is not known is shown for you to confirm. Nothing is installed on the host: it needs an SSH server and a Docker Engine.',
    examples: [
      { command: 'occ host add web-1', explanation: 'a name that your ssh configuration knows' },
      {
        command: 'occ host add ops@203.0.113.7:2222',
        explanation: 'a destination; the host is then called 203.0.113.7',
      },
      {
        command:
          'occ host add web-2 --address ops@203.0.113.8 --group web --identity-file ~/.ssh/web',
        explanation: 'a name of your own, in a group',
      },
    ],
    effect: 'change',
    scope: 'inventory',
    streams: false,
    positionals: [
      {
        key: 'name',
        type: 'string',
        description: 'Name for the host, or its destination: [user@]host[:port]',
        required: true,
      },
    ],
    options: [
      {
        key: 'address',
        flag: 'address',
        type: 'string',
        description:
          'Where ssh finds it: [user@]host[:port] or an alias of your ssh configuration; default: its name',
      },
      {
        key: 'ssh_user',
        flag: 'ssh-user',
        type: 'string',
        description: 'Login name; default: what ssh would use',
      },
      {
        key: 'ssh_port',
        flag: 'ssh-port',
        type: 'integer',
        description: 'SSH port; default: what ssh would use',
      },
      {
        key: 'identity_file',
        flag: 'identity-file',
        type: 'string',
        description: 'Private key on this machine to log in with',
      },
      {
        key: 'proxy_jump',
        flag: 'proxy-jump',
        type: 'string',
        description: 'Jump hosts, comma separated, each [user@]host[:port]; none for none',
      },
      {
        key: 'ssh_config',
        flag: 'ssh-config',
        type: 'string',
        description: 'OpenSSH client configuration to read instead of ~/.ssh/config',
      },
      {
        key: 'password_login',
        flag: 'password-login',
        type: 'boolean',
        description: 'Be asked for the password when keys do not log in; it is never stored',
        default: false,
      },
      {
        key: 'group',
        flag: 'group',
        type: 'list',
        description: 'Group to put it in; a new one is declared. Repeat it for several',
        default: [],
      },
      {
        key: 'fingerprint',
        flag: 'fingerprint',
        type: 'string',
        description:
          'SHA-256 fingerprint of its host key, which is then pinned (host_keys) without asking',
      },
      {
        key: 'test',
        flag: 'test',
        type: 'boolean',
        description: 'Connect and check Docker before anything is written',
        default: true,
      },
    ],
  },
  {
    name: 'host.disconnect',
    summary: 'End the SSH connections that are kept for the next command',
    description:
      'occ keeps a connection for as long as warm_connections says, so that the next command need not log in. End it where the next login must be a new one: after a change of groups, keys or addresses. What runs over it is cut off. Masters that you started with ssh yourself are left alone.',
    examples: [
      { command: 'occ host disconnect web-1', explanation: 'the next command logs in anew' },
      {
        command: 'occ host disconnect --all',
        explanation: 'all of them, also to jump hosts and hosts that were removed',
      },
    ],
    effect: 'change',
    scope: 'inventory',
    streams: false,
    positionals: [
      {
        key: 'names',
        type: 'list',
        description: 'Names of hosts; default: those selected',
        default: [],
        required: false,
      },
    ],
    options: [],
  },
  {
    name: 'host.import',
    summary: 'Add the hosts of an ssh configuration, an Ansible inventory or docker contexts',
    description:
      'Shows what it would add, and adds it after a yes; hosts that the inventory has are left alone. Connects to none of them. Of an ssh configuration only the names are taken, not patterns: ssh goes on deciding what they mean. Of an Ansible inventory (INI, or YAML when it is named .yml or .yaml): groups, ansible_host, port, user, key and jump hosts, but not what group_vars and host_vars say. Of docker contexts: those with an ssh endpoint.',
    examples: [
      { command: 'occ host import', explanation: 'all names of ~/.ssh/config' },
      { command: "occ host import 'web-*' '!web-9' --group web", explanation: 'some of them' },
      {
        command: 'occ host import --from ansible --file hosts.ini --dry-run',
        explanation: 'show what an Ansible inventory would give',
      },
      {
        command: 'occ host import --from docker --yes',
        explanation: 'docker contexts, without asking',
      },
    ],
    effect: 'change',
    scope: 'inventory',
    streams: false,
    positionals: [
      {
        key: 'pattern',
        type: 'list',
        description: 'Names to import, with * and ?; !NAME leaves out; default: all',
        default: [],
        required: false,
      },
    ],
    options: [
      {
        key: 'from',
        flag: 'from',
        type: 'string',
        description:
          'Where the hosts are from: your ssh configuration, an Ansible inventory, docker contexts',
        default: 'ssh',
        choices: ['ssh', 'ansible', 'docker'],
      },
      {
        key: 'file',
        flag: 'file',
        type: 'string',
        description:
          'File to read; default: ~/.ssh/config and /etc/ssh/ssh_config, /etc/ansible/hosts, or for docker the directory $DOCKER_CONFIG or ~/.docker',
      },
      {
        key: 'group',
        flag: 'group',
        type: 'list',
        description: 'Group to put them in, too; repeat it for several',
        default: [],
      },
    ],
  },
  {
    name: 'host.list',
    summary: 'List the hosts of the inventory',
    description: 'Connects to none of them: for their state, see "occ status --all".',
    examples: [
      { command: 'occ host list', explanation: 'names, addresses, groups' },
      { command: 'occ host list --json', explanation: 'the same as JSON' },
    ],
    effect: 'read',
    scope: 'inventory',
    streams: false,
    positionals: [],
    options: [],
  },
  {
    name: 'host.provision',
    summary: 'Install a Docker Engine on a host',
    description:
      'Installs the engine of the distribution (Debian, Ubuntu, Fedora, RHEL and its kin, Alpine, Arch), starts it now and at every boot, and asks it for its version. The commands are shown, and done after a yes. They run as root: by sudo or doas where the login is not root. An engine that answers is nothing to do. Only Debian has been tried on real machines; the commands for the others follow their documentation.',
    examples: [
      { command: 'occ --host web-1 host provision --dry-run', explanation: 'show the commands' },
      {
        command: 'occ --host web-1 host provision --add-user',
        explanation: 'and let the login use Docker without sudo',
      },
      { command: 'occ --host web-1 host provision --yes', explanation: 'without asking' },
    ],
    effect: 'change',
    scope: 'host',
    streams: false,
    positionals: [],
    options: [
      {
        key: 'add_user',
        flag: 'add-user',
        type: 'boolean',
        description: 'Add the login to group docker, which gives it the rights of root',
        default: false,
      },
      {
        key: 'docker_repository',
        flag: 'docker-repository',
        type: 'boolean',
        description:
          'RHEL, Rocky, AlmaLinux, CentOS: add the package repository of Docker, Inc., because they have no engine themselves',
        default: false,
      },
    ],
  },
  {
    name: 'host.remove',
    summary: 'Forget a host; nothing on it changes',
    description:
      'Removes it from the inventory only. A container that runs there goes on running: stop it before with "occ --host NAME stop". A host that is not there is nothing to do.',
    examples: [
      { command: 'occ --host web-1 stop', explanation: 'first, if its service should end' },
      { command: 'occ host remove web-1', explanation: 'then forget the host' },
    ],
    effect: 'change',
    scope: 'inventory',
    streams: false,
    positionals: [{ key: 'name', type: 'string', description: 'Name of the host', required: true }],
    options: [],
  },
  {
    name: 'host.show',
    summary: 'Show what the inventory says of a host',
    examples: [
      { command: 'occ host show web-1', explanation: 'address, groups, effective settings' },
    ],
    effect: 'read',
    scope: 'inventory',
    streams: false,
    positionals: [{ key: 'name', type: 'string', description: 'Name of the host', required: true }],
    options: [],
  },
  {
    name: 'host.test',
    summary: 'Test step by step whether a host has what occ needs',
    description:
      'Logs in anew, past connections that are kept, and tells each stage for each server on the way; then looks at shell, sudo, Docker, disk, clock and systemd. A failure or warning comes with the line to change or the command to run. Changes nothing.',
    examples: [
      { command: 'occ host test web-1', explanation: 'one host' },
      { command: 'occ --all host test', explanation: 'every host' },
    ],
    effect: 'read',
    scope: 'host',
    streams: false,
    positionals: [
      {
        key: 'names',
        type: 'list',
        description: 'Hosts, as --host takes them; default: those selected',
        default: [],
        required: false,
      },
    ],
    options: [],
  },
  {
    name: 'host.trust',
    summary: 'Trust the SSH host keys of a host',
    description:
      'Asks the host for its keys and shows fingerprints and pictures for you to compare, or compares with --fingerprint. The keys are pinned in the inventory (host_keys); from then on no others are accepted, whatever known_hosts says. Keys that your known_hosts has already are pinned without a question. ~/.ssh/known_hosts is read and never changed.',
    examples: [
      { command: 'occ host trust web-1', explanation: 'shows the fingerprints and asks' },
      {
        command: 'occ host trust web-1 --fingerprint SHA256:5ZCx…',
        explanation: 'for scripts: trusts that key and no other',
      },
      {
        command: 'occ host trust web-1 --replace',
        explanation: 'after a reinstallation: forgets the old keys',
      },
    ],
    effect: 'change',
    scope: 'inventory',
    streams: false,
    positionals: [{ key: 'name', type: 'string', description: 'Name of the host', required: true }],
    options: [
      {
        key: 'fingerprint',
        flag: 'fingerprint',
        type: 'string',
        description: 'SHA-256 fingerprint that one of its keys must have; that key alone is pinned',
      },
      {
        key: 'replace',
        flag: 'replace',
        type: 'boolean',
        description: 'Put the keys in the place of others that are pinned or known',
        default: false,
      },
    ],
  },
  {
    name: 'user.add',
    summary: 'Let somebody log in to the web UI',
    description:
      'Asks for the password twice, once for all hosts. A user that exists already is left as it is: change its password with "occ user passwd". Password records stay in a volume of the host.',
    examples: [
      { command: 'occ user add alice', explanation: 'asks for the password' },
      {
        command: 'occ --host web-1,web-2 user add alice --generate',
        explanation: 'makes one password up, for both hosts, and prints it once',
      },
      {
        command: 'occ user add ci --password-stdin < password.txt',
        explanation: 'for scripts: the password is the first line',
      },
    ],
    effect: 'change',
    scope: 'host',
    streams: false,
    positionals: [
      { key: 'name', type: 'string', description: 'Name of the new user', required: true },
    ],
    options: [
      {
        key: 'password_stdin',
        flag: 'password-stdin',
        type: 'boolean',
        description: 'Read the password from the first line of standard input',
        default: false,
      },
      {
        key: 'generate',
        flag: 'generate',
        type: 'boolean',
        description: 'Make up a password and print it once',
        default: false,
      },
    ],
  },
  {
    name: 'user.list',
    summary: 'List who may log in to the web UI',
    examples: [
      { command: 'occ user list', explanation: 'the users of the default host' },
      { command: 'occ --all user list --json', explanation: 'the users of every host, as JSON' },
    ],
    effect: 'read',
    scope: 'host',
    streams: false,
    positionals: [],
    options: [],
  },
  {
    name: 'user.passwd',
    summary: 'Change the password of a web UI user',
    description:
      'Asks for the password twice, once for all hosts. Who is logged in with the old password is asked again.',
    examples: [
      { command: 'occ user passwd alice', explanation: 'asks for the new password' },
      {
        command: 'occ --all user passwd alice --generate',
        explanation: 'one new password for every host, printed once',
      },
    ],
    effect: 'change',
    scope: 'host',
    streams: false,
    positionals: [{ key: 'name', type: 'string', description: 'Name of the user', required: true }],
    options: [
      {
        key: 'password_stdin',
        flag: 'password-stdin',
        type: 'boolean',
        description: 'Read the password from the first line of standard input',
        default: false,
      },
      {
        key: 'generate',
        flag: 'generate',
        type: 'boolean',
        description: 'Make up a password and print it once',
        default: false,
      },
    ],
  },
  {
    name: 'user.remove',
    summary: 'Stop somebody from logging in to the web UI',
    description: 'Removes the user and its password record. Sessions and projects stay.',
    examples: [
      { command: 'occ user remove alice', explanation: 'alice can no longer log in' },
      { command: 'occ --all user remove alice', explanation: 'the same on every host' },
    ],
    effect: 'change',
    scope: 'host',
    streams: false,
    positionals: [{ key: 'name', type: 'string', description: 'Name of the user', required: true }],
    options: [],
  },
];
