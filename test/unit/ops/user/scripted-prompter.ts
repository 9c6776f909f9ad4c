// A person that answers from a script. Without an answer there is nobody to ask.
import type { Prompter } from '../../../../src/prompter.ts';
import { Secret } from '../../../../src/secret.ts';

/** What the person answers, in order. */
export interface Script {
  readonly secrets?: readonly string[];
  readonly confirms?: readonly boolean[];
  /** First line of standard input. */
  readonly stdin?: string;
}

/** A prompter that also tells what it was asked. */
export interface ScriptedPrompter extends Prompter {
  readonly asked: readonly string[];
}

export function scriptedPrompter(script: Script): ScriptedPrompter {
  const asked: string[] = [];
  const secrets = [...(script.secrets ?? [])];
  const confirms = [...(script.confirms ?? [])];
  return {
    asked,
    secret(question) {
      asked.push(question);
      const answer = secrets.shift();
      return Promise.resolve(answer === undefined ? undefined : new Secret(answer));
    },
    confirm(question) {
      asked.push(question);
      return Promise.resolve(confirms.shift());
    },
    line: () => Promise.resolve(undefined),
    stdinLine: () => Promise.resolve(new Secret(script.stdin ?? '')),
  };
}
