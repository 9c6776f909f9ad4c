// The shape of inventory.yaml. docs/inventory.md and the JSON Schema are generated from it.
import { z } from 'zod';

/** Host and group names: letters, digits, `-`, `_`, `.`; starts with a letter or digit. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const port = z.int().min(1).max(65_535);

/** Settings that can stand in `defaults`, in a group, and in a host. */
const sharedFields = {
  port: port.describe('Port of the web UI on the host'),
  bind_address: z
    .union([z.ipv4(), z.ipv6()])
    .describe('Address on the host that the web UI listens on; anything but loopback exposes it'),
  container_name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/, 'letters, digits, "_", "." and "-" only')
    .describe('Name of the container, and prefix of its volumes'),
  base_image: z
    .string()
    .min(1)
    .describe('Image that the sandbox image is built on: Ubuntu 24.04 or Debian'),
  extra_ca_file: z
    .string()
    .min(1)
    .describe('PEM file on this machine with extra CA certificates, for building and for running'),
  health_timeout: z
    .int()
    .min(1)
    .max(3600)
    .describe('Seconds that start waits for the service to be healthy'),
  docker_socket: z
    .string()
    .startsWith('/')
    .max(103)
    .describe('Path of the Docker Engine’s socket on the host'),
  connect_timeout: z.int().min(1).max(600).describe('Seconds to wait for the SSH connection'),
  ssh_user: z.string().min(1).describe('Login name; default: what ssh would use'),
  ssh_port: port.describe('SSH port; default: what ssh would use'),
  ssh_config: z
    .string()
    .min(1)
    .describe('OpenSSH client configuration file to read instead of ~/.ssh/config'),
  identity_file: z.string().min(1).describe('Private key on this machine to log in with'),
  proxy_jump: z
    .string()
    .min(1)
    .describe('Jump hosts, comma separated, each [user@]host[:port]; "none" for none'),
};

/** Keys that a person can set in any layer. */
export const settingsSchema = z.strictObject(sharedFields).partial();

/** A host: its address, its groups, its own settings. */
export const hostSchema = settingsSchema.extend({
  address: z
    .string()
    .min(1)
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
  defaults: settingsSchema.optional().describe('Settings of every host'),
  groups: z
    .record(z.string().regex(namePattern), settingsSchema.nullable())
    .optional()
    .describe('Groups of hosts and their settings'),
  hosts: z
    .record(z.string().regex(namePattern), hostSchema.nullable())
    .optional()
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
  docker_socket: '/var/run/docker.sock',
  connect_timeout: 10,
} as const satisfies PartialSettings;

/** Effective settings of one host. */
export type HostSettings = Readonly<
  Omit<PartialSettings, keyof typeof builtInSettings> &
    Required<Pick<PartialSettings, keyof typeof builtInSettings>> & { address?: string | undefined }
>;
