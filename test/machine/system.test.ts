import { expect, test } from 'vitest'
import { productOf } from '../../src/machine/system.ts'

const plist = `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
	<key>ProductBuildVersion</key>
	<string>24F74</string>
	<key>ProductName</key>
	<string>macOS</string>
	<key>ProductUserVisibleVersion</key>
	<string>15.5</string>
	<key>ProductVersion</key>
	<string>15.5.1</string>
</dict>
</plist>`

test.each<[NodeJS.Platform, string, string | undefined, string | undefined]>([
  ['linux', 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n', 'debian', '13'],
  ['linux', 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n', 'ubuntu', '24.04'],
  ['linux', 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n', 'alpine', '3.20.3'],
  ['linux', 'ID="opensuse-leap"\nVERSION_ID="15.6"\n', 'opensuse-leap', '15.6'],
  ['linux', 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n', 'arch', undefined],
  ['linux', "ID='debian'\nVERSION_ID='12'\n", 'debian', '12'],
  ['linux', 'ID=debian\nVERSION_ID="secret of alice"\n', 'debian', undefined],
  ['linux', '', undefined, undefined],
  ['darwin', plist, 'macos', '15.5.1'],
  ['darwin', '', 'macos', undefined],
  ['win32', '', 'windows', '6.18.44'],
  ['freebsd', '', undefined, '6.18.44'],
])('the product of %s from %j is %s %s, whatever its kernel', (platform, text, name, version) => {
  expect(productOf(platform, text, '6.18.44')).toEqual({ 'os.name': name, 'os.version': version })
})
