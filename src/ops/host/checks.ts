// The checks of host.test, in the order in which they are shown.
import { examineApi, examineContainer, examineDocker, examineStorage } from './checks-docker.ts';
import {
  examineClock,
  examineDisk,
  examineLingering,
  examineShell,
  examineSudo,
  examineSystemd,
} from './checks-machine.ts';
import { examineForwarding, examineSessions } from './checks-ssh.ts';
import type { Check } from './test-step.ts';

const afterShell = { needs: ['shell'], after: ['sessions'] };

/** All checks. They are made side by side as far as the server allows. */
export const checks: readonly Check[] = [
  { name: 'shell', needs: [], examine: examineShell },
  { name: 'sessions', needs: ['shell'], sshOnly: true, examine: examineSessions },
  {
    name: 'forwarding',
    needs: ['shell'],
    after: ['sessions', 'docker'],
    sshOnly: true,
    examine: examineForwarding,
  },
  { name: 'sudo', needs: ['shell'], after: ['sessions', 'docker'], examine: examineSudo },
  { name: 'docker', ...afterShell, examine: examineDocker },
  { name: 'api', needs: ['docker'], examine: examineApi },
  { name: 'storage', needs: ['docker'], examine: examineStorage },
  { name: 'disk', needs: ['docker'], examine: examineDisk },
  { name: 'clock', ...afterShell, examine: examineClock },
  { name: 'systemd', ...afterShell, examine: examineSystemd },
  {
    name: 'lingering',
    needs: ['shell'],
    after: ['sessions', 'docker'],
    examine: examineLingering,
  },
  { name: 'container', needs: ['docker'], examine: examineContainer },
];
