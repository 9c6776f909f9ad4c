// Reports, errors and events → JSON.
import { expect, test } from 'vitest';
import { ConnectError, DockerError } from '../../../src/errors.ts';
import { errorJson, renderEvent, renderJson, reportJson } from '../../../src/cli/render-json.ts';
import type { RunReport } from '../../../src/ops/run-report.ts';
import { Secret } from '../../../src/secret.ts';
import { report } from './report-fixture.ts';

test('a report on hosts has every host with its value or its error', () => {
  const error = new ConnectError('refused', 'no', { host: 'c', hint: 'try' });
  const outcomes: RunReport['outcomes'] = [
    { host: 'a', ok: true, value: { changed: true, plan: ['x'], result: { n: 1 }, failed: false } },
    { host: 'b', ok: true, value: { changed: false, result: 'ill', failed: true } },
    { host: 'c', ok: false, error, changed: false },
    { host: 'd', ok: false, error: new DockerError('api', 'bad'), changed: true, step: 'x' },
  ];
  expect(reportJson(report({ outcomes }))).toStrictEqual({
    operation: 'start',
    dryRun: false,
    changed: true,
    hosts: [
      { host: 'a', ok: true, changed: true, plan: ['x'], value: { n: 1 } },
      { host: 'b', ok: false, changed: false, value: 'ill' },
      {
        host: 'c',
        ok: false,
        changed: false,
        error: { code: 'connect.refused', message: 'no', host: 'c', hint: 'try' },
      },
      {
        host: 'd',
        ok: false,
        changed: true,
        step: 'x',
        error: { code: 'docker.api', message: 'bad' },
      },
    ],
  });
});

test('a report on the inventory has one value', () => {
  const outcomes: RunReport['outcomes'] = [
    { host: '', ok: true, value: { changed: false, result: undefined, failed: false } },
  ];
  expect(reportJson(report({ scope: 'inventory', outcomes, operation: 'host.add' }))).toStrictEqual(
    {
      operation: 'host.add',
      dryRun: false,
      changed: false,
      ok: true,
      value: null,
    },
  );
});

test('what the user stopped or refused is said', () => {
  expect(reportJson(report({ interrupted: true, declined: true }))).toMatchObject({
    interrupted: true,
    declined: true,
  });
});

test('secrets are redacted, plain strings are not', () => {
  expect(renderJson({ key: new Secret('hunter22'), shown: 'once' })).toBe(
    '{\n  "key": "[redacted]",\n  "shown": "once"\n}\n',
  );
});

test('nothing in it can steer a terminal, and it reads back as it was', () => {
  const hostile = '\u001B[2J\u007F\u009B31m\u2028\u202Egnp.exe\u2066\u{E0041}\n"é日🚀';
  const json = renderJson({ hostile });

  expect(json).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028]/);
  expect(json).not.toMatch(/[\u202E\u2066]|\u{E0041}/u);
  expect(json).toContain('é日🚀');
  expect(JSON.parse(json)).toStrictEqual({ hostile });
});

test('an event is one line', () => {
  const line = renderEvent({ type: 'line', host: 'a', stream: 'stdout', text: 'one\ntwo' });
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toStrictEqual({
    type: 'line',
    host: 'a',
    stream: 'stdout',
    text: 'one\ntwo',
  });
});

test('an error that is not ours has a code too', () => {
  expect(errorJson(new TypeError('x is not a function'))).toStrictEqual({
    code: 'internal',
    message: 'x is not a function',
  });
});
