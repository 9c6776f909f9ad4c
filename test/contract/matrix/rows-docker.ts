// Docker on real machines: which way each login of the lab has to its engine.
import { inject } from 'vitest';
import { passwordsForSudo } from '../../../src/hosts/sudo-passwords.ts';
import { typistPassword, type labUsers } from '../../lab/lab-hosts.ts';
import { labHost } from '../lab-client.ts';
import { Person } from '../sshd-client.ts';
import { wayToDocker } from './docker-words.ts';
import { row, type Row, type Section } from './rows.ts';
import { only } from './world.ts';

const login: Readonly<Record<keyof typeof labUsers, string>> = {
  ops: 'in group docker',
  sudoer: 'sudo without a password',
  typist: 'sudo with a password, typed',
  guest: 'neither',
  environ: '`DOCKER_HOST` in `.bashrc`',
  rootless: 'a rootless engine',
};

const rowsOf = (kind: 'bookworm' | 'trixie'): Row[] =>
  Object.entries(login).map(([user, what]) =>
    row(`${user}: ${what}`, () => {
      const host = labHost(kind);
      const lines = [`HostName 127.0.0.1`, `Port ${host.port}`, `User ${user}`];
      const known = `GlobalKnownHostsFile ${inject('lab').knownHostsFile}`;
      const prompter = new Person(typistPassword);
      const none = () => Promise.resolve(undefined);
      return {
        config: ['Host *', ...lines, only(host.identityFile), known].join('\n  '),
        more: wayToDocker,
        ...(user === 'typist' && { sudoPasswords: passwordsForSudo(prompter, host.name, none) }),
      };
    }),
  );

/** Every login of the lab. */
export const docker: Section[] = [
  { title: 'Docker: Debian 12, Docker 20.10', rows: rowsOf('bookworm') },
  { title: 'Docker: Debian 13, Docker 26.1', rows: rowsOf('trixie') },
];
