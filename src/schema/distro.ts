/** Replaced by the build with the versions from the package files. */
declare const DISTRO_VERSION: string
declare const SDK_VERSION: string

const version = typeof DISTRO_VERSION === 'undefined' ? '0.0.0' : DISTRO_VERSION

/** The name and versions that this package sends about itself. */
export const distro = {
  name: 'cq-telemetry',
  version,
  /** Identifies the attributes that this version sends, OpenTelemetry's and its own. */
  schemaUrl: `https://cq-telemetry.github.io/cq-telemetry/schemas/${version}`,
  sdkVersion: typeof SDK_VERSION === 'undefined' ? '0.0.0' : SDK_VERSION,
} as const
