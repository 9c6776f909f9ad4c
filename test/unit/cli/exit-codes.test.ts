// Outcomes → exit code.
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  ConnectError,
  DockerError,
  InventoryError,
  UsageError,
} from '../../../src/errors.ts';
import { exitCodeOfError, exitCodeOfRun, type Outcome } from '../../../src/cli/exit-codes.ts';

const ok: Outcome = { ok: true };
const unhealthy: Outcome = { ok: false };
const failed: Outcome = { ok: false, error: new DockerError('api', 'no') };
const unreachable: Outcome = { ok: false, error: new ConnectError('refused', 'no') };
const wrong: Outcome = { ok: false, error: new UsageError('no') };

describe('of a run', () => {
  const cases: [what: string, outcomes: Outcome[], code: number][] = [
    ['no host', [], 0],
    ['all fine', [ok, ok], 0],
    ['one host failed', [failed], 1],
    ['one host is not healthy', [unhealthy], 1],
    ['all failed', [failed, failed], 1],
    ['all failed, in different ways', [failed, unreachable], 1],
    ['one host is not reached', [unreachable], 3],
    ['no host is reached', [unreachable, unreachable], 3],
    ['some are not reached', [ok, unreachable], 4],
    ['some are not healthy', [ok, unhealthy], 4],
    ['the values are wrong', [wrong, wrong], 2],
  ];
  test.each(cases)('%s', (_what, outcomes, code) => {
    expect(exitCodeOfRun({ outcomes, interrupted: false, declined: false })).toBe(code);
  });

  test('interrupted, whatever came of it', () => {
    expect(exitCodeOfRun({ outcomes: [ok, failed], interrupted: true, declined: false })).toBe(130);
  });

  test('declined: what was asked for was not done', () => {
    expect(exitCodeOfRun({ outcomes: [ok], interrupted: false, declined: true })).toBe(1);
  });
});

describe('of an error', () => {
  const cases: [error: unknown, code: number][] = [
    [new UsageError('x'), 2],
    [new InventoryError('f', []), 2],
    [new ConnectError('dns', 'x'), 3],
    [new CancelledError(), 130],
    [new DockerError('absent', 'x'), 1],
    [new TypeError('x'), 1],
    ['x', 1],
  ];
  test.each(cases)('%o', (error, code) => {
    expect(exitCodeOfError(error)).toBe(code);
  });
});
