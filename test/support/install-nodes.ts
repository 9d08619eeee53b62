/** For vitest, before any test: one installation for all files. */
export { installNodes as setup } from './packed.ts'
