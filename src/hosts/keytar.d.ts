// The part of the optional package keytar 7 that is used; it is not installed where its types would be needed.
declare module 'keytar' {
  export interface Keytar {
    getPassword(service: string, account: string): Promise<string | null>;
    setPassword(service: string, account: string, password: string): Promise<void>;
    deletePassword(service: string, account: string): Promise<boolean>;
  }
  // CommonJS: all of it is the default export.
  const keytar: Keytar;
  // eslint-disable-next-line no-restricted-exports -- not ours to choose
  export default keytar;
}
