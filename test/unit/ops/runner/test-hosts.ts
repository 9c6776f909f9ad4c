// Hosts for tests of the runner: real processes of this machine, no engine.
import type { OccEvent } from '../../../../src/events.ts';
import type { Host } from '../../../../src/hosts/host.ts';
import { builtInSettings } from '../../../../src/hosts/inventory-schema.ts';
import type { RunRequest } from '../../../../src/ops/run-report.ts';
import { Secret } from '../../../../src/secret.ts';
import { LocalTransport } from '../../../../src/transport/local-transport.ts';

/** What a test sees of a run. */
export interface Watch {
  readonly events: OccEvent[];
  readonly questions: string[];
  readonly closed: string[];
}

/** A host of this machine. Hosts with the same container name have the same lock. */
export function testHost(name: string, containerName: string, closed: string[] = []): Host {
  const transport = new LocalTransport({ host: name, env: process.env });
  const none = () => Promise.reject(new Error('this test needs no engine'));
  return {
    name,
    settings: { ...builtInSettings, container_name: containerName },
    transport: () => Promise.resolve(transport),
    connectAnew: () => Promise.resolve(transport),
    kept: none,
    hostKeys: none,
    engine: none,
    engineWay: none,
    asRoot: none,
    facts: none,
    container: none,
    async [Symbol.asyncDispose]() {
      await transport.close();
      closed.push(name);
    },
  };
}

/** A request for hosts of this machine, each with its own lock, and what is seen of it. */
export function testRequest(
  selected: readonly string[],
  overrides: Partial<RunRequest> & { answer?: boolean | undefined } = {},
): { request: RunRequest; watch: Watch } {
  const watch: Watch = { events: [], questions: [], closed: [] };
  const request: RunRequest = {
    // The runner hands it on and never looks inside.
    inventory: {} as RunRequest['inventory'],
    selected,
    explicitSelection: true,
    input: {},
    dryRun: false,
    yes: false,
    emit: (event) => watch.events.push(event),
    signal: new AbortController().signal,
    prompter: {
      line: () => Promise.resolve(undefined),
      secret: () => Promise.resolve(undefined),
      confirm: (question) => {
        watch.questions.push(question);
        return Promise.resolve(overrides.answer);
      },
      stdinLine: () => Promise.resolve(new Secret('')),
    },
    openHost: (name) => testHost(name, `ops-unit-${process.pid}-${name}`, watch.closed),
    ...overrides,
  };
  return { request, watch };
}
