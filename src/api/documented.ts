/** Set to false by the build. */
declare const OPTION_DOCS: boolean

/**
 * Whether the option table has its texts. A command does not load them: only the documentation needs them. The build
 * removes them because this constant stands alone in its file; esbuild does not fold one that stands below imports.
 */
export const documented = typeof OPTION_DOCS === 'undefined' || OPTION_DOCS
