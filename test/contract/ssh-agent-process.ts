// Real ssh-agent processes for tests, stopped by process id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tool } from './sshd-server.ts';

/** A software stand-in for a FIDO token, from Debian's openssh-tests. */
export const softwareToken = '/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so';

/** A running agent. */
export interface TestAgent {
  readonly socket: string;
  /** Runs ssh-add. */
  add(...argv: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts an agent and waits until it listens.
 * @param askpass - program that confirms the use of keys that were added with `ssh-add -c`
 */
export async function startAgent(socket: string, askpass = '/bin/false'): Promise<TestAgent> {
  const { PATH } = process.env;
  const env = { PATH, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' };
  const argv = ['-D', '-P', '/usr/lib/*', '-a', socket];
  const agent = spawn('ssh-agent', argv, { stdio: ['ignore', 'pipe', 'ignore'], env });
  // It prints where it listens once it does.
  await once(agent.stdout, 'data');
  return {
    socket,
    add: (...words) =>
      tool(
        'env',
        `SSH_AUTH_SOCK=${socket}`,
        `SSH_SK_PROVIDER=${softwareToken}`,
        'ssh-add',
        ...words,
      ),
    stop: async () => {
      const exited = once(agent, 'exit');
      agent.kill();
      await exited;
    },
  };
}
