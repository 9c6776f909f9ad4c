// A client in a process of its own, that a test can kill: runs one command on a host and waits for it.
import { run } from '../../src/transport/run.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import type { SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import { textCommand } from './cases/support.ts';
import { nobody } from './sshd-client.ts';

interface Job {
  readonly target: SshTarget;
  readonly stateDir: string;
  readonly argv: readonly string[];
}

const { target, stateDir, argv } = JSON.parse(process.argv[2] ?? '') as Job;
const transport = await connectSsh(target, { prompter: nobody, stateDir, env: process.env });
console.log('connected');
await run(transport, textCommand(argv, { timeoutMs: 600_000 }));
