import { stringify } from 'yaml'
import { schemaConfig } from '../../collector-config/tooling/schema-config.ts'

const head = `# What may be stored, from the table in src/schema/: written by \`npm run docs\`, checked by a test. Not edited by hand.
`

/** collector-config/shared/schema.yaml */
export const schemaYaml = (): string => head + stringify(schemaConfig(), { lineWidth: 0 })
