// The selection table: what --host, --all and --local mean together.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { answersFrom } from '../../../src/hosts/effective-settings.ts';
import type { InventoryData } from '../../../src/hosts/inventory-schema.ts';
import { selectHosts, type Selection } from '../../../src/hosts/select.ts';

const fleet: InventoryData = {
  version: 1,
  default_host: 'db-1',
  groups: { web: {}, 'web-old': {}, rest: {}, none: {} },
  hosts: {
    'web-2': { groups: ['web'] },
    'web-1': { groups: ['web'] },
    'web-10': { groups: ['web-old'] },
    'db-1': { groups: ['rest'] },
    'a.b': null,
    axb: null,
  },
};

const everything = ['web-2', 'web-1', 'web-10', 'db-1', 'a.b', 'axb'];

function select(
  selectors: readonly string[],
  more: Partial<Selection> = {},
  data: InventoryData = fleet,
) {
  return selectHosts(answersFrom(data), { selectors, all: false, local: false, ...more });
}

describe('selects', () => {
  it.each<[string, string[], string[]]>([
    ['a name', ['web-1'], ['web-1']],
    ['several, in the order of the file', ['db-1', 'web-1', 'web-2'], ['web-2', 'web-1', 'db-1']],
    ['a comma list with spaces', ['web-1, db-1,'], ['web-1', 'db-1']],
    ['each once', ['web-1,web-1', 'web-*'], ['web-2', 'web-1', 'web-10']],
    ['a glob with *', ['web-1*'], ['web-1', 'web-10']],
    ['a glob with ?', ['web-?'], ['web-2', 'web-1']],
    ['a dot as a dot', ['a.?'], ['a.b']],
    ['a group', ['@web'], ['web-2', 'web-1']],
    ['a glob of groups', ['@web*'], ['web-2', 'web-1', 'web-10']],
    ['without a name', ['web-*', '!web-1'], ['web-2', 'web-10']],
    ['without a glob', ['@web,db-1', '!web-*'], ['db-1']],
    ['without a group', ['*', '!@web'], ['web-10', 'db-1', 'a.b', 'axb']],
    [
      'all without, when only exclusions are given',
      ['!db-1'],
      everything.filter((n) => n !== 'db-1'),
    ],
    ['an exclusion wherever it stands', ['!web-1', '@web'], ['web-2']],
    ['this machine', ['local'], ['local']],
    ['this machine with others', ['web-1,local'], ['local', 'web-1']],
    ['the default host without selectors', [], ['db-1']],
  ])('%s', (_, selectors, expected) => {
    expect(select(selectors)).toEqual(expected);
  });

  it('all hosts of the file with --all, local not among them', () => {
    expect(select([], { all: true })).toEqual(everything);
    expect(select(['!@web', '!web-10'], { all: true })).toEqual(['db-1', 'a.b', 'axb']);
  });

  it('this machine with --local, alone or besides others', () => {
    expect(select([], { local: true })).toEqual(['local']);
    expect(select(['web-1'], { local: true })).toEqual(['local', 'web-1']);
    expect(select([], { local: true, all: true })).toEqual(['local', ...everything]);
  });

  it('this machine where the inventory names no host', () => {
    expect(select([], {}, { version: 1 })).toEqual(['local']);
    expect(select([], { all: true }, { version: 1 })).toEqual(['local']);
  });

  it('local at its place where the file names it', () => {
    const data: InventoryData = { version: 1, hosts: { a: null, local: null, b: null } };
    expect(select([], { all: true }, data)).toEqual(['a', 'local', 'b']);
    expect(select(['b', 'local'], {}, data)).toEqual(['local', 'b']);
  });
});

describe('refuses', () => {
  it.each<[string, string[], string, string]>([
    ['an unknown name', ['web-3'], 'Unknown host "web-3"', 'Did you mean web-1 or web-2?'],
    ['a far name', ['zzz'], 'Unknown host "zzz"', `Hosts: local, ${everything.join(', ')}`],
    ['a mistyped local', ['locla'], 'Unknown host "locla"', 'Did you mean local?'],
    [
      'a glob that matches nothing',
      ['app-*'],
      'No host matches app-*',
      `Hosts: local, ${everything.join(', ')}`,
    ],
    ['an unknown group', ['@wbe'], 'Unknown group "wbe"', 'Did you mean @web?'],
    [
      'a glob of groups that matches nothing',
      ['@q*'],
      'No group matches @q*',
      'Groups: @web, @web-old, @rest, @none',
    ],
    [
      'a group without hosts',
      ['@none'],
      'No host is in @none',
      'A host joins a group with its key "groups"',
    ],
    [
      'an unknown exclusion',
      ['*', '!web-3'],
      'Unknown host "web-3"',
      'Did you mean web-1 or web-2?',
    ],
    [
      'a selection that is excluded',
      ['@web', '!web-*'],
      '@web !web-* excludes every host that it selects',
      'Leave out an exclusion, or name another host',
    ],
    [
      'an empty name',
      [' ,'],
      '--host needs the name of a host',
      "Write a name, a list a,b, a glob 'web-*', a group @web, or an exclusion '!web-1'",
    ],
  ])('%s', (_, selectors, message, hint) => {
    let error: unknown;
    try {
      select(selectors);
    } catch (cause) {
      error = cause;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message, hint });
  });

  it('a name that every object has', () => {
    expect(() => select(['constructor'])).toThrow('Unknown host "constructor"');
  });
});
