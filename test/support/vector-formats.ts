import type { Draw } from './vectors.ts'

/**
 * What secrets and personal data look like: each format as its maker documents it, or as it is in common use. An
 * expression has literals, classes and repeats, e.g. `AKIA[A-Z2-7]{16}`; no example is written here, so that nothing in
 * this repository looks like a live key.
 */

/** Makes a text of this format of what it draws. */
type Format = string | ((draw: Draw) => string)

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const alnum = '[A-Za-z0-9]'
const url64 = '[A-Za-z0-9_-]'
const hex = '[0-9a-f]'
const word = '[a-z]{14}'
const uuid = `${hex}{8}-${hex}{4}-4${hex}{3}-[89ab]${hex}{3}-${hex}{12}`

const cloud: Record<string, Format> = {
  'AWS access key id': 'AKIA[A-Z2-7]{16}',
  'AWS temporary key id': 'ASIA[A-Z2-7]{16}',
  'AWS secret access key': `aws_secret_access_key = [A-Za-z0-9/+]{40}`,
  'AWS session token': 'FwoGZXIvYXdzE[A-Za-z0-9/+]{200}==',
  'AWS presigned URL': `https://[a-z]{12}.s3.amazonaws.com/x?X-Amz-Signature=${hex}{64}`,
  'AWS ARN with an account': 'arn:aws:iam::[1-9][0-9]{11}:user/[a-z]{14}',
  'Bedrock API key': 'ABSK[A-Za-z0-9+/]{109,120}=',
  'Google API key': `AIza${url64}{35}`,
  'Google OAuth client secret': `GOCSPX-${url64}{28}`,
  'Google OAuth access token': `ya29.${url64}{60}`,
  'Google refresh token': `1//0${url64}{50}`,
  'Google service account': '[a-z]{14}@[a-z]{12}.iam.gserviceaccount.com',
  'Azure storage connection string': `DefaultEndpointsProtocol=https;AccountName=[a-z]{12};AccountKey=[A-Za-z0-9+/]{86}==;EndpointSuffix=core.windows.net`,
  'Azure AD client secret': `${alnum}{3}8Q~${alnum}{34}`,
  'Azure SAS token': '?sv=2022-11-02&sr=b&sig=[A-Za-z0-9]{43}%3D&se=2030-01-01',
  'Azure Service Bus connection string':
    'Endpoint=sb://[a-z]{12}.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=[A-Za-z0-9+/]{43}=',
  'Azure Cosmos key': 'AccountEndpoint=https://[a-z]{12}.documents.azure.com:443/;AccountKey=[A-Za-z0-9+/]{86}==',
  'Azure DevOps token': '[a-z2-7]{52}',
  'DigitalOcean token': `dop_v1_${hex}{64}`,
  'DigitalOcean OAuth token': `doo_v1_${hex}{64}`,
  'Alibaba access key': `LTAI${alnum}{20}`,
  'Tencent secret id': `AKID${alnum}{32}`,
  'Heroku API key': uuid,
  'Heroku token': `HRKU-AA${url64}{58}`,
  'Cloudflare API token': `${url64}{40}`,
  'Cloudflare origin CA key': `v1.0-${hex}{24}-${hex}{146}`,
  'Fastly token': `${url64}{32}`,
  'Fly.io token': `fm2_[A-Za-z0-9+/]{100}=`,
  'Scaleway key': 'SCW[A-Z0-9]{17}',
  'Linode token': `${hex}{64}`,
  'Vercel token': `${alnum}{24}`,
  'Netlify token': `nfp_${alnum}{36}`,
  'IBM Cloud key': `${url64}{44}`,
  'Oracle OCID': 'ocid1.user.oc1..[a-z0-9]{60}',
  'Yandex key': `AQVN${url64}{36}`,
}

const code: Record<string, Format> = {
  'GitHub personal token': `ghp_${alnum}{36}`,
  'GitHub OAuth token': `gho_${alnum}{36}`,
  'GitHub user token': `ghu_${alnum}{36}`,
  'GitHub server token': `ghs_${alnum}{36}`,
  'GitHub refresh token': `ghr_${alnum}{36}`,
  'GitHub fine-grained token': `github_pat_${alnum}{22}_${alnum}{59}`,
  'GitLab personal token': `glpat-${url64}{20}`,
  'GitLab deploy token': `gldt-${url64}{20}`,
  'GitLab runner token': `glrt-${url64}{20}`,
  'GitLab CI job token': `glcbt-[0-9a-f]{2}_${url64}{20}`,
  'Bitbucket app password': `ATBB${alnum}{32}`,
  'Atlassian API token': `ATATT3xFfGF0${url64}{180}`,
  'npm token': `npm_${alnum}{36}`,
  'npm line of .npmrc': `//registry.example.org/:_authToken=${alnum}{36}`,
  'PyPI token': `pypi-AgEIcHlwaS5vcmc${url64}{80}`,
  'RubyGems key': `rubygems_${hex}{48}`,
  'crates.io token': `cio${alnum}{32}`,
  'NuGet key': 'oy2[a-z0-9]{43}',
  'Docker Hub token': `dckr_pat_${url64}{27}`,
  'Terraform Cloud token': `${alnum}{14}.atlasv1.${url64}{67}`,
  'HashiCorp Vault token': `hvs.${url64}{95}`,
  'Pulumi token': `pul-${hex}{40}`,
  'CircleCI token': `CCIPAT_${alnum}{22}_${hex}{40}`,
  'Buildkite token': `bkua_${hex}{40}`,
  'Travis token': `${alnum}{22}`,
  'SonarQube token': `sqp_${hex}{40}`,
  'Snyk token': `snyk_uat.${hex}{8}.${url64}{60}`,
  'JFrog API key': `AKCp${alnum}{69}`,
  'Sentry token': `sntrys_${alnum}{80}`,
  'Sentry DSN': `https://${hex}{32}@o[0-9]{6}.ingest.sentry.io/[0-9]{7}`,
  'Postman key': `PMAK-${hex}{24}-${hex}{34}`,
  'Grafana service token': `glsa_${alnum}{32}_${hex}{8}`,
  'New Relic key': `NRAK-[A-Z0-9]{27}`,
  'Datadog key': `DD_API_KEY=${hex}{32}`,
  'Dynatrace token': `dt0c01.[A-Z0-9]{24}.[A-Z0-9]{64}`,
  'PlanetScale password': `pscale_pw_${url64}{43}`,
  'Supabase key': `sbp_${hex}{40}`,
  'Databricks token': `dapi${hex}{32}`,
  'Doppler token': `dp.pt.${alnum}{43}`,
  'age secret key': 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}',
  'commit of a private repository': `${hex}{40}`,
  'git remote with a token': `https://${word}:${alnum}{30}@git.[a-z]{12}.corp/team/repo.git`,
  'git remote by SSH': `git@[a-z]{12}.corp:[a-z]{12}/[a-z]{12}.git`,
}

const services: Record<string, Format> = {
  'Slack bot token': `xoxb-[0-9]{12}-[0-9]{12}-${alnum}{24}`,
  'Slack user token': `xoxp-[0-9]{12}-[0-9]{12}-[0-9]{12}-${hex}{32}`,
  'Slack app token': `xapp-1-[A-Z0-9]{11}-[0-9]{13}-${hex}{64}`,
  'Slack webhook': `https://hooks.slack.com/services/T[A-Z0-9]{10}/B[A-Z0-9]{10}/${alnum}{24}`,
  'Discord bot token': `[MNO]${alnum}{25}.${url64}{6}.${url64}{38}`,
  'Discord webhook': `https://discord.com/api/webhooks/[1-9][0-9]{17}/${url64}{68}`,
  'Teams webhook': `https://[a-z]{12}.webhook.office.com/webhookb2/${uuid}`,
  'Telegram bot token': `[1-9][0-9]{9}:AA${url64}{33}`,
  'Stripe secret key': `sk_live_${alnum}{24}`,
  'Stripe restricted key': `rk_live_${alnum}{24}`,
  'Stripe webhook secret': `whsec_${alnum}{32}`,
  'Square token': `EAAA${url64}{60}`,
  'Square secret': `sq0csp-${url64}{43}`,
  'PayPal Braintree token': `access_token$production$[a-z0-9]{16}$${hex}{32}`,
  'Adyen key': `AQE${alnum}{80}`,
  'Plaid token': `access-production-${uuid}`,
  'Shopify token': `shpat_${hex}{32}`,
  'Shopify shared secret': `shpss_${hex}{32}`,
  'SendGrid key': `SG.${url64}{22}.${url64}{43}`,
  'Mailgun key': `key-${hex}{32}`,
  'Mailchimp key': `${hex}{32}-us[0-9]{2}`,
  'Postmark token': `X-Postmark-Server-Token: ${uuid}`,
  'Twilio account': `AC${hex}{32}`,
  'Twilio key': `SK${hex}{32}`,
  'Facebook token': `EAACEdEose0cBA${alnum}{60}`,
  'Twitter bearer token': `AAAAAAAAAAAAAAAAAAAAA${alnum}{60}`,
  'LinkedIn secret': `WPL_AP1.${alnum}{16}.${alnum}{8}==`,
  'Dropbox token': `sl.${url64}{130}`,
  'Notion token': `ntn_${alnum}{46}`,
  'Linear key': `lin_api_${alnum}{40}`,
  'Figma token': `figd_${url64}{40}`,
  'Asana token': `1/[1-9][0-9]{15}:${hex}{32}`,
  'Airtable token': `pat${alnum}{14}.${hex}{64}`,
  'Intercom token': `dG9rOi${alnum}{50}=`,
  'HubSpot token': `pat-na1-${uuid}`,
  'Zendesk token': `${word}@[a-z]{12}.com/token:${alnum}{40}`,
  'Okta token': `00${url64}{40}`,
  'Algolia key': `x-algolia-api-key: ${hex}{32}`,
  'Mapbox token': `pk.eyJ1Ijoi${alnum}{60}.${url64}{22}`,
  'OpenAI key': `sk-proj-${url64}{74}T3BlbkFJ${url64}{74}`,
  'Anthropic key': `sk-ant-api03-${url64}{93}AA`,
  'Hugging Face token': `hf_[A-Za-z]{34}`,
  'Replicate token': `r8_${alnum}{37}`,
  'Groq key': `gsk_${alnum}{52}`,
  'Cohere key': `${alnum}{40}`,
  'Perplexity key': `pplx-${alnum}{48}`,
  '1Password service token': `ops_eyJ${alnum}{250}`,
  'CloudQuery key': `cqpd_${alnum}{43}`,
}

const line64 = '[A-Za-z0-9+/]{64}'
const pem = (kind: string) => (draw: Draw) =>
  [`-----BEGIN ${kind}-----`, draw(line64), draw(line64), draw('[A-Za-z0-9+/]{40}='), `-----END ${kind}-----`].join(
    '\n',
  )
const jwt = (header: object) => (draw: Draw) =>
  [
    base64url(JSON.stringify(header)),
    base64url(JSON.stringify({ sub: draw(word), iat: 1_700_000_000 })),
    draw(`${url64}{43}`),
  ].join('.')

const keysAndUrls: Record<string, Format> = {
  'JWT with HS256': jwt({ alg: 'HS256', typ: 'JWT' }),
  'JWT with RS256': jwt({ alg: 'RS256', kid: 'a' }),
  'bearer header': `Authorization: Bearer ${url64}{40}`,
  'basic header': (draw) => `Authorization: Basic ${base64(`${draw(word)}:${draw(word)}`)}`,
  'RSA private key': pem('RSA PRIVATE KEY'),
  'EC private key': pem('EC PRIVATE KEY'),
  'PKCS #8 private key': pem('PRIVATE KEY'),
  'OpenSSH private key': pem('OPENSSH PRIVATE KEY'),
  'PGP private key': pem('PGP PRIVATE KEY BLOCK'),
  'SSH public key': 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5[A-Za-z0-9+/]{43} [a-z]{14}@[a-z]{12}',
  'PuTTY key': 'PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-MAC: [0-9a-f]{64}',
  'WireGuard key': 'PrivateKey = [A-Za-z0-9+/]{43}=',
  'kubeconfig token': (draw) => `token: ${jwt({ alg: 'RS256' })(draw)}`,
  'Docker auth': (draw) => JSON.stringify({ auths: { registry: { auth: base64(`${draw(word)}:${draw(word)}`) } } }),
  'PostgreSQL URL': `postgres://${word}:${alnum}{16}@db01.[a-z]{12}.corp:5432/[a-z]{12}`,
  'PostgreSQL DSN': `host=db01.[a-z]{12}.corp user=${word} password=${alnum}{16} dbname=[a-z]{12}`,
  'MySQL URL': `mysql://${word}:${alnum}{16}@10.[1-2][0-9]{2}.[1-2][0-9][0-9].[1-9][0-9]:3306/[a-z]{12}`,
  'MongoDB URL': `mongodb+srv://${word}:${alnum}{16}@cluster0.[a-z]{12}.mongodb.net/`,
  'Redis URL': `rediss://default:${alnum}{24}@[a-z]{12}.cache.corp:6380`,
  'AMQP URL': `amqps://${word}:${alnum}{16}@mq.[a-z]{12}.corp/[a-z]{12}`,
  'SQL Server string': `Server=tcp:[a-z]{12}.database.windows.net;User ID=${word};Password=${alnum}{16};`,
  'JDBC URL': `jdbc:postgresql://db.[a-z]{12}.corp/x?user=${word}&password=${alnum}{16}`,
  'Snowflake URL': `snowflake://${word}:${alnum}{16}@[a-z]{12}.eu-central-1/db`,
  'FTP URL': `ftp://${word}:${alnum}{16}@files.[a-z]{12}.corp/`,
  'LDAP bind': `ldaps://cn=${word},dc=corp:${alnum}{16}@ad.[a-z]{12}.corp`,
  'URL with a token': `https://api.[a-z]{12}.corp/v1?access_token=${alnum}{32}`,
  'proxy with a password': `http://${word}:${alnum}{16}@proxy.[a-z]{12}.corp:8080`,
  'assignment of a password': `password=${alnum}{20}`,
  'PowerShell assignment': `$env:API_KEY = '${alnum}{24}'`,
  'YAML secret': `secret:\n  token: "${alnum}{24}"`,
  'TOTP URL': `otpauth://totp/[a-z]{12}?secret=[A-Z2-7]{32}`,
  'seed phrase': (draw) => Array.from({ length: 12 }, () => draw('[a-z]{6}')).join(' '),
  'Ethereum key': `0x${hex}{64}`,
  'Bitcoin WIF key': '[5KL][1-9A-HJ-NP-Za-km-z]{51}',
  'MD5 of a password': `${hex}{32}`,
  'bcrypt hash': '$2b$12$[A-Za-z0-9./]{53}',
}

/** The digits with the last one that makes Luhn's sum a multiple of ten. */
const luhn = (digits: string): string => {
  const sum = Array.from(digits)
    .reverse()
    .reduce((all, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 2 : 1)
      return all + (value > 9 ? value - 9 : value)
    }, 0)
  return digits + String((10 - (sum % 10)) % 10)
}
/** An IBAN: two check digits make the number, with letters as 10 to 35, leave 1 when divided by 97. */
const iban = (country: string, account: string): string => {
  const digits = Array.from(`${account}${country}00`)
    .map((each) => Number.parseInt(each, 36))
    .join('')
  return country + String(98n - (BigInt(digits) % 97n)).padStart(2, '0') + account
}

const people: Record<string, Format> = {
  'e-mail address': `${word}@[a-z]{12}.example`,
  'e-mail address with a tag': `[a-z]{7}.[a-z]{8}+[a-z]{12}@[a-z]{12}.co.uk`,
  'name and address': `[A-Z][a-z]{8} [A-Z][a-z]{9} <${word}@[a-z]{12}.example>`,
  'Visa card': (draw) => luhn(`4${draw('[0-9]{14}')}`),
  'Mastercard with spaces': (draw) =>
    luhn(`5${draw('[1-5][0-9]{13}')}`)
      .replaceAll(/(?<=^(?:\d{4})+)/g, ' ')
      .trim(),
  'American Express card': (draw) => luhn(`37${draw('[0-9]{12}')}`),
  'German IBAN': (draw) => iban('DE', draw('[0-9]{18}')),
  'British IBAN': (draw) => iban('GB', draw('[A-Z]{4}[0-9]{14}')),
  'US social security number': '[1-6][0-9]{2}-[1-9][0-9]-[1-9][0-9]{3}',
  'British insurance number': '[AC]B [1-9][0-9] [1-9][0-9] [1-9][0-9] C',
  'phone number, E.164': '+49[1-9][0-9]{11}',
  'phone number, US': '([2-9][0-9]{2}) 555-01[0-9]{2}',
  'IPv4 address': '1[0-9]{2}.1[0-9]{2}.1[0-9]{2}.1[0-9]{2}',
  'IPv4 address with port': '10.1[0-9]{2}.1[0-9]{2}.1[0-9]{2}:[1-5][0-9]{4}',
  'IPv6 address': `2001:db8:${hex}{4}:${hex}{4}:${hex}{4}:${hex}{4}:${hex}{4}:${hex}{4}`,
  'MAC address': `${hex}{2}:${hex}{2}:${hex}{2}:${hex}{2}:${hex}{2}:${hex}{2}`,
  'MAC address of Windows': '[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}',
  'host name': `db01.[a-z]{14}.corp.internal`,
  coordinates: '52.[1-9][0-9]{5}, 13.[1-9][0-9]{5}',
  'home on Linux': `/home/${word}/.aws/credentials`,
  'home on macOS': `/Users/${word}/Library/Keychains/login.keychain-db`,
  'home on Windows': `C:\\Users\\${word}\\AppData\\Roaming\\gcloud`,
  'share on Windows': `\\\\fs01\\[a-z]{12}$\\${word}.xlsx`,
  'file URL': `file:///home/${word}/projects/[a-z]{12}/index.js`,
  'log line with a user': `level=info user=${word} ip=192.0.2.7 msg="logged in"`,
  'SQL with a value': `select * from users where email = '${word}@[a-z]{12}.example'`,
  'private lines of a stack': `Error: x\n    at ${word} (/srv/[a-z]{12}/index.js:1:1)`,
  'text with umlauts': `Kürzel für ${word} ✓ 密码`,
}

export const formats: readonly (readonly [name: string, format: Format])[] = Object.entries({
  ...cloud,
  ...code,
  ...services,
  ...keysAndUrls,
  ...people,
})
