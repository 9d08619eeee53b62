/** Set to false by the build. */
declare const OPTION_DOCS: boolean

/**
 * Whether the option table contains its texts. Only the documentation needs them, so the build removes them from what a
 * command loads. The constant stands alone in this file because esbuild does not fold a constant that stands below
 * imports.
 */
export const documented = typeof OPTION_DOCS === 'undefined' || OPTION_DOCS
