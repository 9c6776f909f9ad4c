// Shows a password that occ made up, once.
import type { View } from '../view.ts';

/** The views that tell the password; none when no result holds one. All hosts got the same. */
export function passwordViews(
  results: readonly { readonly user: string; readonly password?: string }[],
): readonly View[] {
  const result = results.find(({ password }) => password !== undefined);
  if (result?.password === undefined) return [];
  return [
    {
      kind: 'fields',
      fields: [
        { label: 'user', value: result.user },
        { label: 'password', value: result.password },
      ],
    },
    { kind: 'text', text: { text: 'It is not stored or shown again: keep it now.', tone: 'warn' } },
  ];
}
