/** This package, as it names itself on the wire. The build replaces the versions by those of the package files. */
declare const DISTRO_VERSION: string
declare const SDK_VERSION: string

export const distro = {
  name: 'cq-telemetry',
  version: typeof DISTRO_VERSION === 'undefined' ? '0.0.0' : DISTRO_VERSION,
  sdkVersion: typeof SDK_VERSION === 'undefined' ? '0.0.0' : SDK_VERSION,
} as const
