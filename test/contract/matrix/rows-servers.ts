// Servers and login shells: OpenSSH and dropbear of three Debian releases, and what people write into their .bashrc.
import type { Machine, Suite } from './machines.ts';
import { row, unlike, type Row, type Section } from './rows.ts';
import { only, type World } from './world.ts';

const shells = ['sh', 'bash', 'dash', 'zsh', 'fish', 'tcsh'];
const habits: Readonly<Record<string, string>> = {
  noisy: '`.bashrc` that prints on stdout and stderr',
  leaver: '`.bashrc` that runs `exit`',
};

type Server = 'openssh' | 'dropbear';

const at = (suite: Suite, server: Server, user: string, what: string): Row =>
  row(what, (world) => {
    const machine = world.machines[suite];
    return { config: hostOf(machine, server, user, world), known: machine.known };
  });

function hostOf(machine: Machine, server: Server, user: string, { key }: World): string {
  const place = `HostName 127.0.0.1\n  Port ${machine[server]}\n  User ${user}`;
  return `Host *\n  ${place}\n  ${only(key)}`;
}

const everything = [...shells.map((shell) => `${shell}-user`), ...Object.keys(habits)];
const some = ['bash-user', 'fish-user', 'noisy'];

const rowsFor = (suite: Suite, server: Server, users: readonly string[]): Row[] =>
  users.map((user) =>
    at(suite, server, user, habits[user] ?? `login shell ${user.replace('-user', '')}`),
  );

const section = (
  title: string,
  suite: Suite,
  server: Server,
  users: readonly string[],
): Section => ({ title: `Server: ${title}`, rows: rowsFor(suite, server, users) });

/** Its line is the first that occ sends: the command. */
const reader = unlike(
  '`.bashrc` that reads a line of stdin',
  'It takes the line that holds the command.',
  at('bookworm', 'openssh', 'reader', '').prepare,
);

/** Each server with each login shell. */
export const servers: Section[] = [
  section('OpenSSH 8.4 (Debian 11), with a banner', 'bullseye', 'openssh', everything),
  {
    title: 'Server: OpenSSH 9.2 (Debian 12), with a banner',
    rows: [...rowsFor('bookworm', 'openssh', everything), reader],
  },
  section('OpenSSH 10.0 (Debian 13), with a banner', 'trixie', 'openssh', everything),
  section('dropbear 2020.81 (Debian 11), with a banner', 'bullseye', 'dropbear', some),
  section('dropbear 2022.83 (Debian 12), with a banner', 'bookworm', 'dropbear', some),
  section('dropbear 2025.89 (Debian 13), with a banner', 'trixie', 'dropbear', everything),
];
