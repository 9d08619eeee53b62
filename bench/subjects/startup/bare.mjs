import { lastStatement } from '../last-statement.mjs'

lastStatement()
