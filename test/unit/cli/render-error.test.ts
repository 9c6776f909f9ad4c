// Errors → text, exactly.
import { expect, test } from 'vitest';
import { ConnectError, DockerError, InventoryError, OccError } from '../../../src/errors.ts';
import { painter } from '../../../src/cli/paint.ts';
import { renderError } from '../../../src/cli/render-error.ts';

const brief = { paint: painter(false), verbose: false };

test('says what, on which host, why, and what to do', () => {
  const error = new DockerError('permission', 'Docker cannot be used: permission denied', {
    host: 'web-1',
    hint: 'Add the user to the group docker:\nsudo usermod -aG docker ops',
  });
  expect(renderError(error, brief)).toBe(
    'error: Docker cannot be used, on web-1: permission denied\n' +
      'hint: Add the user to the group docker:\n' +
      '      sudo usermod -aG docker ops\n',
  );
});

test('names the host at the end of a message without a reason', () => {
  expect(renderError(new OccError('x', 'Port 3000 is taken', { host: 'web-1' }), brief)).toBe(
    'error: Port 3000 is taken, on web-1\n',
  );
});

test('does not name a host twice, and is not fooled by a part of a name', () => {
  const named = new ConnectError('refused', 'web-1 refused: port 22', { host: 'web-1' });
  expect(renderError(named, brief)).toBe('error: web-1 refused: port 22\n');
  const other = new ConnectError('refused', 'web-10 refused: port 22', { host: 'web-1' });
  expect(renderError(other, brief)).toBe('error: web-10 refused, on web-1: port 22\n');
});

test('lists every mistake of an inventory', () => {
  const problem = (line: number, message: string) => ({
    line,
    column: 3,
    key: 'defaults.port',
    message,
  });
  expect(renderError(new InventoryError('/i.yaml', [problem(2, 'bad')]), brief)).toBe(
    'error: /i.yaml:2:3: defaults.port: bad\n',
  );
  const two = new InventoryError('/i.yaml', [problem(2, 'bad'), problem(4, 'worse')]);
  expect(renderError(two, brief)).toBe(
    'error: /i.yaml has 2 mistakes\n' +
      '  /i.yaml:2:3: defaults.port: bad\n' +
      '  /i.yaml:4:3: defaults.port: worse\n',
  );
});

test('shows causes only when asked', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new OccError('x', 'It failed', { cause });
  expect(renderError(error, brief)).toBe('error: It failed\n');
  const text = renderError(error, { ...brief, verbose: true });
  expect(text).toContain('\nOccError: It failed\n    at ');
  expect(text).toContain('\ncaused by Error: ECONNREFUSED\n    at ');
});

test('ends although an error causes itself', () => {
  const error = new Error('loop');
  error.cause = error;
  expect(renderError(error, { ...brief, verbose: true })).toMatch(/^error: loop\nError: loop\n/);
});

test('is safe for a terminal, and colours only its labels', () => {
  const error = new OccError('x', 'said \u001B[31mred\u001B[0m', { hint: '\u001B]0;t\u0007do' });
  expect(renderError(error, brief)).toBe('error: said red\nhint: do\n');
  expect(renderError(error, { paint: painter(true), verbose: false })).toBe(
    '\u001B[31merror:\u001B[39m said red\n\u001B[1mhint:\u001B[22m do\n',
  );
});

test('takes what is no error', () => {
  expect(renderError('text', brief)).toBe('error: text\n');
});
