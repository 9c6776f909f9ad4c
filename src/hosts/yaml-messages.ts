// YAML's syntax errors in words for people who do not know its grammar.
import type { ErrorCode, YAMLError } from 'yaml';

const messages: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'expected spaces as indentation, found a tab',
  MULTIPLE_DOCS: 'expected one document, found a second one after ---',
  BAD_SCALAR_START: 'a text that starts with this character must stand in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'expected one "key: value" in a line, found a second colon; put the value in quotes, or indent the next line like this one',
  TAG_RESOLVE_FAILED: 'expected a plain value, found a tag; remove the word that starts with "!"',
};

/** One sentence that says what is wrong with the syntax. */
export function syntaxMessage(error: YAMLError): string {
  const known = messages[error.code];
  if (known !== undefined) return known;
  const closing = /end with a ([\]}])/.exec(error.message)?.[1];
  if (closing !== undefined) return `expected ${closing} at the end of what is open, found none`;
  const [first = ''] = error.message.split('\n');
  return `not valid YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
}
