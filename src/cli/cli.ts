// From argv to an exit code: help and version from data alone, everything else through run-command.
import { version } from '../version.ts';
import { exitCodeOfError, exitCodes } from './exit-codes.ts';
import { listenForInterrupt, type SignalSource } from './interrupt.ts';
import { watchOutput, type OutputWatch } from './output-stream.ts';
import { painter } from './paint.ts';
import { asksForJson, parse, type Invocation } from './parse.ts';
import { errorJson, renderJson } from './render-json.ts';
import { renderError } from './render-error.ts';
import { wantsColor, type Surroundings } from './terminal.ts';
import type { ManifestCommand } from './manifest-types.ts';

/** The process that occ runs in. */
export type CliProcess = Surroundings & SignalSource;

/**
 * Runs occ.
 * @param argv - the words after the program's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], process: CliProcess): Promise<number> {
  const output = watchOutput(process.stdout);
  // Nobody can be told that standard error is gone.
  process.stderr.on('error', () => undefined);
  try {
    return await dispatch(argv, process, output);
  } catch (error) {
    report(error, argv, process);
    return exitCodeOfError(error);
  }
}

async function dispatch(
  argv: readonly string[],
  process: CliProcess,
  output: OutputWatch,
): Promise<number> {
  const { manifest } = await import('./manifest.ts');
  const invocation = parse(argv, manifest);
  switch (invocation.kind) {
    case 'version':
      return print(`${version}\n`, process, output);
    case 'help':
      return print(await helpText(invocation, argv, process), process, output);
    case 'bare':
      return bare(invocation, argv, manifest, process, output);
    case 'command':
      return command(invocation, process, output);
  }
}

async function print(text: string, { stdout }: CliProcess, output: OutputWatch): Promise<number> {
  stdout.write(text);
  await output.flush();
  return exitCodes.ok;
}

async function helpText(
  invocation: Extract<Invocation, { kind: 'help' }>,
  argv: readonly string[],
  { stdout, env }: CliProcess,
): Promise<string> {
  const { helpOnCommand, helpOnNoun } = await import('./help.ts');
  const paint = painter(wantsColor(stdout, env, !argv.includes('--no-color')));
  if ('command' in invocation) return helpOnCommand(invocation.command, paint);
  return helpOnNoun(invocation.noun, invocation.commands, paint);
}

/** Without a command: how things are, where there is an inventory; help where there is none yet. */
async function bare(
  { globals }: Extract<Invocation, { kind: 'bare' }>,
  argv: readonly string[],
  manifest: readonly ManifestCommand[],
  process: CliProcess,
  output: OutputWatch,
): Promise<number> {
  const { hasInventory } = await import('./has-inventory.ts');
  const status = parse(['status', ...argv], manifest);
  if (status.kind === 'command' && (await hasInventory(globals.inventory, process))) {
    return command(status, process, output);
  }
  const help = { kind: 'help', noun: '', commands: manifest } as const;
  return print(await helpText(help, argv, process), process, output);
}

async function command(
  invocation: Extract<Invocation, { kind: 'command' }>,
  process: CliProcess,
  output: OutputWatch,
): Promise<number> {
  const { runCommand } = await loadRunner();
  using interrupt = listenForInterrupt(process);
  return await runCommand({ invocation, surroundings: process, interrupt, output });
}

/** Apart, because TypeScript 6.0 does not rewrite the `.ts` of an import() in a function that it lowers for `using`. */
function loadRunner() {
  return import('./run-command.ts');
}

function report(
  error: unknown,
  argv: readonly string[],
  { stdout, stderr, env }: CliProcess,
): void {
  if (asksForJson(argv)) {
    // One line: where JSON Lines are expected it is one of them.
    stdout.write(renderJson({ error: errorJson(error) }, 0));
    return;
  }
  const paint = painter(wantsColor(stderr, env, !argv.includes('--no-color')));
  const verbose = argv.includes('--verbose') || argv.includes('-v');
  stderr.write(renderError(error, { paint, verbose }));
}
