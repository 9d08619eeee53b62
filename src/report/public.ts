/**
 * What may be published of the users of a month, so that nothing is said of a group of fewer than `k` of them.
 *
 * A group is named only if it has `k` users, and each number is rounded down to a multiple of `k`, the number of all
 * users too. So nothing can be subtracted exactly: for a group that is not named, each size from 1 to k - 1 stays
 * possible, even to those who know which groups there are. Where the numbers would exclude one of these sizes, which
 * they can if nearly all groups of a table are nearly as large as the next multiple, that table is withheld.
 */

/** The tables in which each user belongs to one group. */
const partitions = ['versions', 'systems', 'countries'] as const
/** All tables. In `operations`, a user belongs to as many groups as apply. */
export const parts = [...partitions, 'operations'] as const
export type Part = (typeof parts)[number]

export interface Group {
  readonly name: string
  readonly users: number
}

/** The users of a tool in a month, as counted. */
export interface Counted {
  readonly users: number
  readonly groups: Readonly<Record<Part, readonly Group[]>>
}

/** The published numbers: each group has at least so many users. A missing table is withheld. */
export interface Published {
  readonly users: number
  readonly groups: Partial<Record<Part, readonly Group[]>>
}

/** What a published number reveals: the least and the greatest possible value. */
interface Range {
  readonly least: number
  readonly most: number
}

interface Table {
  readonly part: Part
  /** Numbers of the groups that are named. */
  readonly named: readonly number[]
  readonly hidden: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

const isPartition = (part: Part): boolean => partitions.some((each) => each === part)

/** The possible numbers of all users, from the published number and from the sums of the tables. */
const rangeOfUsers = (users: number, tables: readonly Table[], k: number): Range => {
  const sums = tables.filter(({ part }) => isPartition(part))
  return {
    least: Math.max(users, ...sums.map(({ named }) => sum(named))),
    most: Math.min(users + k - 1, ...sums.map(({ named, hidden }) => sum(named) + (named.length + hidden) * (k - 1))),
  }
}

/**
 * The possible sizes of one hidden group of a table, if all other hidden groups are as large, or as small, as possible.
 */
const rangeOfHidden = ({ named, hidden }: Table, all: Range, k: number): Range => ({
  least: all.least - sum(named) - (named.length + hidden - 1) * (k - 1),
  most: all.most - sum(named),
})

/** The possible numbers of users who do not use an operation. */
const rangeOfOthers = (users: number, all: Range, k: number): Range => ({
  least: all.least - users - (k - 1),
  most: all.most - users,
})

const leavesAll = ({ least, most }: Range, k: number): boolean => least <= 1 && most >= k - 1

/** Whether every size from 1 to k - 1 stays possible for each group that the table does not name. */
const isSafe = (table: Table, all: Range, k: number): boolean => {
  if (isPartition(table.part)) return table.hidden === 0 || leavesAll(rangeOfHidden(table, all, k), k)
  // Those who do not use an operation are a group too, which is hidden if it is small.
  return table.named.every((users) => {
    const range = rangeOfOthers(users, all, k)
    return range.least >= k || leavesAll(range, k)
  })
}

/** The tables that can be published together. Each of them narrows the number of all users. */
const safeTables = (users: number, tables: readonly Table[], k: number): readonly Table[] => {
  const all = rangeOfUsers(users, tables, k)
  const unsafe = tables.find((table) => !isSafe(table, all, k))
  return unsafe
    ? safeTables(
        users,
        tables.filter((table) => table !== unsafe),
        k,
      )
    : tables
}

/** What may be published. Returns undefined if there are fewer than `k` users. */
export const publish = ({ users, groups }: Counted, k: number): Published | undefined => {
  const rounded = (count: number) => count - (count % k)
  if (users < k) return undefined
  const named = (part: Part) => groups[part].filter((group) => group.users >= k)
  const tables = parts.map((part) => ({
    part,
    named: named(part).map((group) => rounded(group.users)),
    hidden: groups[part].length - named(part).length,
  }))
  const published = safeTables(rounded(users), tables, k).map(({ part }) => [
    part,
    // Sorted by the published numbers, since an order by the exact numbers would reveal more.
    named(part)
      .map((group) => ({ name: group.name, users: rounded(group.users) }))
      .sort((one, other) => other.users - one.users || (one.name < other.name ? -1 : 1)),
  ])
  return { users: rounded(users), groups: Object.fromEntries(published) as Published['groups'] }
}
