// Views → text, exactly.
import { describe, expect, test } from 'vitest';
import { painter } from '../../../src/cli/paint.ts';
import { renderViews } from '../../../src/cli/render-text.ts';
import { cutTo, padTo, widthOfText } from '../../../src/cli/text-width.ts';
import type { View } from '../../../src/ops/view.ts';

const plain = { paint: painter(false), width: undefined };
const table: View = {
  kind: 'table',
  columns: ['HOST', 'STATE', 'URL'],
  rows: [
    ['web-1', { text: 'healthy', tone: 'good' }, 'http://127.0.0.1:3000'],
    ['日本', { text: 'stopped', tone: 'bad' }, ''],
  ],
};

test('a table is aligned by cells, without spaces at the line ends', () => {
  expect(renderViews([table], plain)).toBe(
    'HOST   STATE    URL\nweb-1  healthy  http://127.0.0.1:3000\n日本   stopped\n',
  );
});

test('colours do not move columns', () => {
  expect(renderViews([table], { paint: painter(true), width: undefined })).toBe(
    '\u001B[2mHOST\u001B[22m   \u001B[2mSTATE\u001B[22m    \u001B[2mURL\u001B[22m\n' +
      'web-1  \u001B[32mhealthy\u001B[39m  http://127.0.0.1:3000\n' +
      '日本   \u001B[31mstopped\u001B[39m\n',
  );
});

test('the widest column gives way on a narrow terminal', () => {
  const text = renderViews([table], { paint: painter(false), width: 30 });
  expect(text).toBe('HOST   STATE    URL\nweb-1  healthy  http://127.0.…\n日本   stopped\n');
  expect(Math.max(...text.split('\n').map(widthOfText))).toBe(30);
});

test('a terminal too narrow for anything still gets whole names', () => {
  const text = renderViews([table], { paint: painter(false), width: 5 });
  expect(text).toBe('HOST   STATE   URL\nweb-1  healt…  http:…\n日本   stopp…\n');
});

test('fields have a title and aligned values', () => {
  const view: View = {
    kind: 'fields',
    title: 'web-1',
    fields: [
      { label: 'State', value: { text: 'healthy', tone: 'good' } },
      { label: 'Container', value: 'opencode-cloud' },
    ],
  };
  expect(renderViews([view], plain)).toBe('web-1\nState      healthy\nContainer  opencode-cloud\n');
});

test('blocks are apart, empty ones leave nothing', () => {
  const empty: View = { kind: 'fields', fields: [] };
  const text: View = { kind: 'text', text: 'two\nlines\n' };
  expect(renderViews([text, empty, { kind: 'text', text: 'end' }], plain)).toBe(
    'two\nlines\n\nend\n',
  );
  expect(renderViews([], plain)).toBe('');
});

test('text from a host cannot steer the terminal or break the table', () => {
  const hostile = '\u001B[2J\u001B]0;owned\u0007a\nb\u009B31m\u202Ec';
  const views: View[] = [
    { kind: 'table', columns: ['A', 'B'], rows: [[hostile, 'x']] },
    { kind: 'text', text: hostile },
    { kind: 'fields', title: hostile, fields: [{ label: hostile, value: hostile }] },
  ];
  const text = renderViews(views, plain);

  expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
  expect(text.split('\n').slice(0, 2)).toStrictEqual(['A     B', 'a bc  x']);
});

describe('widths', () => {
  const cases: [text: string, cells: number][] = [
    ['', 0],
    ['abc', 3],
    ['héé', 3],
    ['he\u0301', 2],
    ['日本', 4],
    ['한글', 4],
    ['👍🏽', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['…', 1],
    ['\u200B', 0],
    ['Ａ', 2],
  ];
  test.each(cases)('%s', (text, cells) => expect(widthOfText(text)).toBe(cells));

  test('cutting never splits a wide character and never exceeds the room', () => {
    expect(cutTo('日本語', 4)).toBe('日…');
    expect(cutTo('日本語', 6)).toBe('日本語');
    expect(cutTo('abc', 0)).toBe('');
    expect(padTo('日', 4)).toBe('日  ');
  });
});
