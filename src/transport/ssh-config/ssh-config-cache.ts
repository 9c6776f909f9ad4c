// Keeps answers of `ssh -G` until a file that they were read from changes: asking costs 10 ms for each host and jump.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { PrintedConfig } from './ssh-config-ask.ts';
import { readOwnFile } from './ssh-config-file.ts';
import { fileState, isUnchanged, traceSources, type ConfigSources } from './ssh-config-trace.ts';
import type { Variables } from './ssh-tokens.ts';

/** Version of the files' format. */
const format = 1;
/** Answers that are kept; the oldest go first. */
const maxEntries = 256;
/** Even where no change is seen, ssh is asked again after this time: milliseconds. */
const maxAge = 3_600_000;

interface Entry {
  readonly format: number;
  readonly key: string;
  readonly printed: PrintedConfig;
  readonly sources: ConfigSources;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

/** What an answer belongs to. */
export interface CacheRequest {
  readonly argv: readonly string[];
  readonly configFile: string | undefined;
  readonly env: Variables;
  /** Without one, answers are kept for this process only. */
  readonly stateDir: string | undefined;
}

const inProcess = new Map<string, Entry>();
/** Hosts that are asked for at the same time, such as a jump host of many, share one question. */
const asking = new Map<string, Promise<PrintedConfig>>();

/**
 * Returns the kept answer if nothing that it depends on has changed; otherwise asks, and keeps the new answer where it
 * depends on files alone.
 */
export async function cachedConfig(
  request: CacheRequest,
  ask: () => Promise<PrintedConfig>,
): Promise<PrintedConfig> {
  const program = await findProgram(request.env);
  if (program === undefined) return ask();
  const key = await keyOf(request, program);
  const kept = inProcess.get(key) ?? (await readEntry(request, key));
  if (kept && (await isFresh(kept, key, request.env))) {
    inProcess.set(key, kept);
    return kept.printed;
  }
  // Whoever asked first may have given up: then this one asks for itself.
  const shared = await asking.get(key)?.catch(() => undefined);
  if (shared) return shared;
  const answer = askAndKeep(request, key, ask);
  asking.set(key, answer);
  try {
    return await answer;
  } finally {
    if (asking.get(key) === answer) asking.delete(key);
  }
}

async function askAndKeep(
  request: CacheRequest,
  key: string,
  ask: () => Promise<PrintedConfig>,
): Promise<PrintedConfig> {
  const madeAt = Date.now();
  const printed = await ask();
  const sources = isSettled(printed)
    ? await traceSources(request.configFile, printed.files, request.env)
    : undefined;
  if (sources && wasQuiet(sources, madeAt)) {
    await keep(request, { format, key, printed, sources, madeAt });
  }
  return printed;
}

/** The file that the name ssh stands for: another one, or a new version of it, answers anew. */
async function findProgram(env: Variables): Promise<string | undefined> {
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const state = await fileState(join(directory, 'ssh'));
    if (state !== 'absent') return `${directory} ${state}`;
  }
  return undefined;
}

async function keyOf({ argv, env }: CacheRequest, program: string): Promise<string> {
  const { uid, homedir, username } = userInfo();
  const parts = [program, argv, uid, homedir, username, hostname(), env['HOME'] ?? null];
  // Relative paths of the configuration start there.
  const here = await fileState('.');
  return createHash('sha256')
    .update(JSON.stringify([...parts, here.split(' ').slice(0, 2)]))
    .digest('hex');
}

/** Whether the answer hangs on files alone: no name was looked up, and nothing in it should be on disk twice. */
function isSettled({ text }: PrintedConfig): boolean {
  const isCanonical = /^canonicalizehostname (?!no$|false$)/im.test(text);
  const followsNames = /^canonicalizepermittedcnames (?!none$)/im.test(text);
  return !isCanonical && !followsNames && !/^setenv /m.test(text);
}

/** A file that was changed just before it was read could change again without a new time. */
function wasQuiet({ files }: ConfigSources, madeAt: number): boolean {
  const justNow = BigInt(madeAt - 50) * 1_000_000n;
  return Object.values(files).every(
    (state) => state === 'absent' || BigInt(state.split(' ')[3] ?? 0) < justNow,
  );
}

async function isFresh(entry: Entry, key: string, env: Variables): Promise<boolean> {
  const age = Date.now() - entry.madeAt;
  if (entry.format !== format || entry.key !== key || age < 0 || age > maxAge) return false;
  return isUnchanged(entry.sources, env);
}

function directoryOf(stateDir: string): string {
  return join(stateDir, 'ssh-config');
}

/** What cannot be read, belongs to somebody else or is damaged counts as nothing: it names commands to run. */
async function readEntry({ stateDir }: CacheRequest, key: string): Promise<Entry | undefined> {
  if (stateDir === undefined) return undefined;
  const directory = directoryOf(stateDir);
  try {
    if (!(await isPrivate(directory))) return undefined;
    const text = await readOwnFile(join(directory, key), userInfo().uid);
    const entry = JSON.parse(text) as Partial<Entry>;
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(entry: Partial<Entry>): entry is Entry {
  const { printed, sources } = entry;
  if (typeof entry.key !== 'string' || typeof entry.madeAt !== 'number') return false;
  const isPrinted = typeof printed?.text === 'string' && Array.isArray(printed.files);
  return isPrinted && [sources?.files, sources?.patterns, sources?.variables].every(isObject);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

async function isPrivate(directory: string): Promise<boolean> {
  const { uid, mode } = await stat(directory);
  return uid === userInfo().uid && (mode & 0o077) === 0;
}

/** Failing to keep an answer is no failure. */
async function keep({ stateDir }: CacheRequest, entry: Entry): Promise<void> {
  if (inProcess.size >= maxEntries) inProcess.clear();
  inProcess.set(entry.key, entry);
  if (stateDir === undefined) return;
  const directory = directoryOf(stateDir);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (!(await isPrivate(directory))) return;
    const draft = join(directory, `draft-${randomUUID()}`);
    await writeFile(draft, JSON.stringify(entry), { mode: 0o600, flag: 'wx' });
    await rename(draft, join(directory, entry.key));
    await removeOldest(directory);
  } catch {
    return;
  }
}

async function removeOldest(directory: string): Promise<void> {
  const names = await readdir(directory);
  if (names.length <= maxEntries) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = files.sort((one, other) => other.at - one.at).slice(maxEntries);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
}
