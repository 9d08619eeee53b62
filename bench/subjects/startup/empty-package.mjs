import { nothing } from 'empty-package'
import { lastStatement } from '../last-statement.mjs'

lastStatement(nothing)
