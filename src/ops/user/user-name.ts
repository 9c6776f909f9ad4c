// The name of a web user: checked before any host is contacted.
import { z } from 'zod';

/** Debian's rule for user names (adduser.conf(5), NAME_REGEX), with useradd(8)'s length limit of 32. */
export const userNamePattern = /^[a-z][a-z0-9_-]{0,31}$/;

/** The rule in words. */
export const userNameRule =
  'a user name starts with a lower-case letter, then come lower-case letters, digits, "-" or "_"; 32 characters at most';

/** Input field of every operation on one web user. */
export const userNameField = z.string().regex(userNamePattern, userNameRule);
