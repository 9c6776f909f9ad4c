// The one list of operations. Adding an operation is its file, a line here, and its tests.
import type { AnyOperation } from './operation.ts';

/** Loads operations by name. Lazy, so that a command pays only for itself. */
export const registry = {
  'config.get': async () => (await import('./config/config-get.ts')).operation,
  'config.path': async () => (await import('./config/config-path.ts')).operation,
  'config.set': async () => (await import('./config/config-set.ts')).operation,
  'config.show': async () => (await import('./config/config-show.ts')).operation,
  'config.unset': async () => (await import('./config/config-unset.ts')).operation,
  'host.add': async () => (await import('./host/host-add.ts')).operation,
  'host.disconnect': async () => (await import('./host/host-disconnect.ts')).operation,
  'host.import': async () => (await import('./host/host-import.ts')).operation,
  'host.list': async () => (await import('./host/host-list.ts')).operation,
  'host.provision': async () => (await import('./host/host-provision.ts')).operation,
  'host.remove': async () => (await import('./host/host-remove.ts')).operation,
  'host.show': async () => (await import('./host/host-show.ts')).operation,
  'host.test': async () => (await import('./host/host-test.ts')).operation,
  'host.trust': async () => (await import('./host/host-trust.ts')).operation,
  logs: async () => (await import('./container/logs.ts')).operation,
  open: async () => (await import('./open/open.ts')).operation,
  restart: async () => (await import('./container/restart.ts')).operation,
  start: async () => (await import('./container/start.ts')).operation,
  status: async () => (await import('./container/status.ts')).operation,
  stop: async () => (await import('./container/stop.ts')).operation,
  'user.add': async () => (await import('./user/user-add.ts')).operation,
  'user.list': async () => (await import('./user/user-list.ts')).operation,
  'user.passwd': async () => (await import('./user/user-passwd.ts')).operation,
  'user.remove': async () => (await import('./user/user-remove.ts')).operation,
} satisfies Record<string, () => Promise<AnyOperation>>;

/** The name of an operation. */
export type OperationName = keyof typeof registry;
