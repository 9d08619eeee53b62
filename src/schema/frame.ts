import type { Publicize } from './names.ts'
import { nodeModules } from './node-modules.ts'
import { otherName, quoted, shape, type Shape, sourceOf } from './shapes.ts'

/**
 * A frame of a crash report: a position in a module of Node or in a published file of a package; otherwise `_OTHER`. A
 * file of a package is recognised by its path: below `dist`, `lib`, `src` or `bin`, with an extension of JavaScript or
 * TypeScript. A user's project that a tool keeps in its own directory has another path.
 */

/** The most frames of a crash report. */
export const maxFrames = 20
/** The most causes of a crash report. */
export const maxCauses = 8

const maxFrameLength = 200
/** Line and column, from 1. */
const position = String.raw`:[1-9]\d{0,6}:[1-9]\d{0,6}`
const packageName = String.raw`((?:@[a-z0-9-]+\/)?[a-z0-9-][a-z0-9._-]*)`
const segment = String.raw`[\w-]+(?:\.[\w-]+)*`
export const nodeFrame = new RegExp(`^node:([\\w/-]{1,60})${position}$`)
export const packageFrame = new RegExp(
  `^${packageName}/(?:dist|lib|src|bin)(?:/${segment}){0,8}/${segment}\\.[cm]?[jt]sx?${position}$`,
)

/** The frame if its package is public; otherwise `_OTHER`. */
const publicFrame = (value: unknown, publicName: (name: unknown) => unknown): string => {
  if (typeof value !== 'string' || value.length > maxFrameLength) return otherName
  const [, module] = nodeFrame.exec(value) ?? []
  if (module !== undefined) return nodeModules.has(module) ? value : otherName
  const [, name] = packageFrame.exec(value) ?? []
  return name !== undefined && publicName(name) === name ? value : otherName
}

const accepts = (value: unknown): boolean => value === otherName || publicFrame(value, (name) => name) === value

export const frame = (): Shape => ({
  ...shape('`package/path:line:column`, `node:module:line:column` or `_OTHER`', 'string', accepts, {
    name: 'packages',
    pattern: () =>
      `${otherName}|node:(?:${[...nodeModules].map(quoted).join('|')})${position}|${sourceOf(packageFrame)}`,
    max: maxFrameLength,
  }),
  rename: publicFrame,
})

/** The frames as they may be sent. */
export const publicFrames = (frames: readonly string[], publicize: Publicize): string[] =>
  frames.map((each) => publicFrame(each, (name) => publicize('packages', name)))
