// Lets ssh ask its questions through occ: a helper that ssh runs (SSH_ASKPASS) passes them on by an owner-only socket.
import { access, chmod, constants, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { shellWord } from '../../shell-word.ts';
import { longestSocketPath } from '../mux/mux-socket.ts';
import { makeScratch } from '../warm/ssh-scratch.ts';

/** Most characters of a question; ssh's own are shorter. */
const longestQuestion = 16 * 1024;

/** What ssh asks, or says. */
export interface AskpassQuestion {
  readonly text: string;
  /** `confirm`: a yes-or-no question. `none`: no answer is wanted, ssh ends it by itself (ssh(1), SSH_ASKPASS_PROMPT). */
  readonly kind: 'secret' | 'confirm' | 'none';
}

/** A helper in place. */
export interface Askpass extends AsyncDisposable {
  /** For the environment of ssh. */
  readonly env: Readonly<Record<string, string>>;
}

/** Run by ssh with the question as its argument; prints the answer, which is never an argument nor on disk. */
const helper = `const socket = require('node:net').connect(__dirname + '/socket');
let answer = '';
socket.setEncoding('utf8');
socket.on('data', (text) => (answer += text));
socket.on('error', () => process.exit(1));
socket.on('end', () => {
  if (!answer.startsWith('=')) process.exit(1);
  process.stdout.write(answer.slice(1) + '\\n', () => process.exit(0));
});
const question = { text: process.argv[2] || '', hint: process.env.SSH_ASKPASS_PROMPT };
socket.write(JSON.stringify(question) + '\\n');
`;

/**
 * Puts the helper in place.
 * @param answer - undefined declines; ssh then goes on without an answer
 * @param within - an owner-only directory whose path leaves room for a socket. Default: the one for temporary files, as
 * also where programs may not be run from it
 */
export async function serveAskpass(
  answer: (question: AskpassQuestion) => Promise<string | undefined>,
  within?: string,
): Promise<Askpass> {
  const directory = (await placeHelper(within)) ?? (await makeHelper(shortTemporary()));
  const program = programIn(directory);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, answer);
  });
  await listen(server, join(directory, 'socket'));
  return {
    // Before OpenSSH 8.4, a display has to be there and a terminal must not; the process has none.
    env: { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force' },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The directory of a helper that can be run; undefined where that is not possible there (a file system with `noexec`). */
async function placeHelper(within: string | undefined): Promise<string | undefined> {
  if (within === undefined) return undefined;
  const directory = await makeHelper(within);
  try {
    await access(programIn(directory), constants.X_OK);
    return directory;
  } catch {
    await rm(directory, { recursive: true, force: true });
    return undefined;
  }
}

async function makeHelper(within: string): Promise<string> {
  const directory = await makeScratch('ask', within);
  const script = join(directory, 'ask.cjs');
  await writeFile(script, helper, { mode: 0o600 });
  // What NODE_OPTIONS loads has no business with passwords.
  const run = `exec ${shellWord(execPath)} ${shellWord(script)} "$1"`;
  const text = `#!/bin/sh\nunset NODE_OPTIONS\n${run}\n`;
  await writeFile(programIn(directory), text, { mode: 0o700 });
  return directory;
}

function programIn(directory: string): string {
  return join(directory, 'ask');
}

/** The temporary directory of macOS leaves no room for a socket's name. */
function shortTemporary(): string {
  const directory = tmpdir();
  return Buffer.byteLength(directory) + 32 > longestSocketPath ? '/tmp' : directory;
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o600);
}

function serve(
  socket: Socket,
  answer: (question: AskpassQuestion) => Promise<string | undefined>,
): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  const onData = (chunk: string): void => {
    text += chunk;
    if (text.length > longestQuestion) socket.destroy();
    const end = text.indexOf('\n');
    if (end === -1) return;
    socket.off('data', onData).resume();
    const question = readQuestion(text.slice(0, end));
    void answer(question).then(
      (given) => {
        if (question.kind !== 'none') socket.end(given === undefined ? '' : `=${given}`);
      },
      () => socket.destroy(),
    );
  };
  socket.on('data', onData);
}

function readQuestion(line: string): AskpassQuestion {
  const { text, hint } = JSON.parse(line) as { text: string; hint?: string };
  const kind = hint === 'confirm' || hint === 'none' ? hint : 'secret';
  return { text, kind };
}
