// The shape of inventory.yaml. docs/inventory.md and the JSON Schema are generated from it.
import { z } from 'zod';

/** Host and group names: letters, digits, `-`, `_`, `.`; starts with a letter or digit. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** {@link namePattern} in words. */
export const nameRule =
  'a name of letters, digits, "-", "_" and ".", at most 63 long, that starts with a letter or digit';

// The message of a check on a text says what is expected: "expected …, found …".
const name = z.string().regex(namePattern, nameRule);
const port = z.int().min(1).max(65_535);
const text = z.string().min(1, 'a text that is not empty');
const path = z.string().min(1, 'a path');

/** Settings that can stand in `defaults`, in a group, and in a host. */
const sharedFields = {
  port: port.describe('Port of the web UI on the host'),
  bind_address: z
    .union([z.ipv4(), z.ipv6()])
    .describe('Address on the host that the web UI listens on; anything but loopback exposes it'),
  container_name: z
    .string()
    .regex(
      /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/,
      'a name of 2 to 63 letters, digits, "_", "." and "-" that starts with a letter or digit',
    )
    .describe('Name of the container, and prefix of its volumes'),
  base_image: text.describe('Image that the sandbox image is built on: Ubuntu 24.04 or Debian'),
  extra_ca_file: path.describe(
    'PEM file on this machine with extra CA certificates, for building and for running',
  ),
  health_timeout: z
    .int()
    .min(1)
    .max(3600)
    .describe('Seconds that start waits for the service to be healthy'),
  docker_socket: z
    .string()
    .regex(/^\/[^\0]{1,102}$/, 'an absolute path of at most 103 characters')
    .describe(
      'Path of the Docker Engine’s socket on the host; default: what docker uses there (DOCKER_HOST, docker context, the usual places)',
    ),
  connect_timeout: z
    .int()
    .min(1)
    .max(600)
    .describe(
      'Seconds to wait for the SSH connection; default: ConnectTimeout of the ssh configuration, else 10',
    ),
  ssh_user: z
    .string()
    .regex(/^[^-\s\0@'"`$;&<>|(){}][^\s\0@'"`$;&<>|(){}]*$/, 'a login name')
    .describe('Login name; default: what ssh would use'),
  ssh_port: port.describe('SSH port; default: what ssh would use'),
  ssh_config: path.describe('OpenSSH client configuration file to read instead of ~/.ssh/config'),
  identity_file: path.describe('Private key on this machine to log in with'),
  proxy_jump: z
    .string()
    .regex(/^[^-\s\0'"`$;&<>|(){}][^\s\0'"`$;&<>|(){}]*$/, 'jump hosts without spaces, or "none"')
    .describe('Jump hosts, comma separated, each [user@]host[:port]; "none" for none'),
  warm_connections: z
    .int()
    .min(0)
    .max(86_400)
    .describe('Seconds that an SSH connection is kept for the next command; 0: not at all'),
  password_login: z
    .boolean()
    .describe(
      'Whether ssh may ask for a password when keys do not log in, also at jump hosts; it is never stored',
    ),
  host_keys: z
    .array(
      z
        .string()
        .regex(
          /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/,
          'a host key as in known_hosts: its type and its base64 text',
        ),
    )
    .min(1, 'at least one host key')
    .describe('The only SSH host keys that are accepted, as "occ host trust" writes them'),
};

/** Keys that a person can set in any layer. */
export const settingsSchema = z.strictObject(sharedFields).partial();

/** A host: its address, its groups, its own settings. */
export const hostSchema = settingsSchema.extend({
  address: text
    .describe(
      'Where ssh finds it: [user@]host[:port] or an alias of your ssh configuration; default: its name',
    )
    .optional(),
  groups: z
    .array(z.string().regex(namePattern))
    .describe('Groups it belongs to; later groups win over earlier ones')
    .optional(),
});

/** The whole file. */
export const inventorySchema = z.strictObject({
  version: z.literal(1).describe('Version of the file format'),
  default_host: z
    .string()
    .optional()
    .describe('Host that commands use when none is selected; default: local'),
  defaults: settingsSchema.nullish().describe('Settings of every host'),
  groups: z
    .record(name, settingsSchema.nullable())
    .nullish()
    .describe('Groups of hosts and their settings'),
  hosts: z
    .record(name, hostSchema.nullable())
    .nullish()
    .describe('Hosts by name; "local" is this machine and exists without being named'),
});

/** The file as it was written. */
export type InventoryData = z.infer<typeof inventorySchema>;

/** Settings as written in one layer. */
export type PartialSettings = z.infer<typeof settingsSchema>;

/** A key of the settings. */
export type SettingKey = keyof PartialSettings;

/** Values that hold where no layer says otherwise. */
export const builtInSettings = {
  port: 3000,
  bind_address: '127.0.0.1',
  container_name: 'opencode-cloud',
  health_timeout: 120,
  warm_connections: 600,
  password_login: false,
} as const satisfies PartialSettings;

/** Effective settings of one host. */
export type HostSettings = Readonly<
  Omit<PartialSettings, keyof typeof builtInSettings> & {
    [Key in keyof typeof builtInSettings]: NonNullable<PartialSettings[Key]>;
  } & { address?: string | undefined }
>;
