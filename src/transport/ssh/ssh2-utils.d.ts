// The one function of ssh2's insides that ssh2-internals.ts imports; ssh2's own types leave it out.
declare module 'ssh2/lib/protocol/utils.js' {
  const utils: {
    /** Encrypts and sends a packet, or queues it while keys are exchanged. */
    sendPacket(protocol: object, packet: Buffer): boolean;
  };
  export = utils;
}
