/** Replaced by the build with the versions from the package files. */
declare const DISTRO_VERSION: string
declare const SDK_VERSION: string

/** The name and versions that this package sends about itself. */
export const distro = {
  name: 'cq-telemetry',
  version: typeof DISTRO_VERSION === 'undefined' ? '0.0.0' : DISTRO_VERSION,
  sdkVersion: typeof SDK_VERSION === 'undefined' ? '0.0.0' : SDK_VERSION,
} as const
