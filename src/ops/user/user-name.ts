// The name of a web user: checked before any host is contacted.
import { z } from 'zod';

/** The rule of useradd(8), which the image's users command checks as well. */
const userNamePattern = /^[a-z_][a-z0-9_-]{0,31}$/;

/** The rule in words. */
export const userNameRule =
  'a user name starts with a lower-case letter or "_", then come lower-case letters, digits, "-" or "_"; 32 characters at most';

/** Input field of every operation on one web user. */
export const userNameField = z.string().regex(userNamePattern, userNameRule);
