// Lets a script use the lab, which is TypeScript. Only after the dependencies are there: tsx is one of them.

/** The parts of it that scripts use. */
export async function loadLab() {
  const { register } = await import('tsx/esm/api');
  register();
  const [lab, images, kinds, ownership] = await Promise.all([
    import('../../test/lab/lab.ts'),
    import('../../test/lab/images-archive.ts'),
    import('../../test/lab/kinds.ts'),
    import('../../test/lab/ownership.ts'),
  ]);
  return { ...lab, ...images, ...kinds, ...ownership };
}
