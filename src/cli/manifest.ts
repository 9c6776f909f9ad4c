// Generated from the operations in src/ops by `npm run generate`. Do not edit.
import type { ManifestCommand } from './manifest-types.ts';

/** Every command, in the order of the registry. */
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
];
