// The bare process: what every other subject is compared with.
import { lastStatement } from './last-statement.mjs'

lastStatement()
