import type { Peer, Places, Plan } from './started-server.ts';

/*
 * FreeSWITCH 1.10 with mod_conference. Written from its documentation (developer.signalwire.com: Sofia configuration
 * files, mod_conference, command line switches) and the configurations that come with its sources; it has not been run
 * yet.
 */

/** In this order; calls are taken once the last is there. PCMU and the timer are in the core. */
const modules = ['mod_logfile', 'mod_commands', 'mod_dptools', 'mod_dialplan_xml', 'mod_conference', 'mod_sofia'];

function params(values: Readonly<Record<string, string | number | boolean>>, indent: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${indent}<param name="${name}" value="${value}"/>`)
    .join('\n');
}

function switchConf({ from, to }: Places['rtp']): string {
  const settings = {
    'max-sessions': 4000,
    'sessions-per-second': 1000,
    loglevel: 'warning',
    'rtp-start-port': from,
    'rtp-end-port': to,
    // Else a port that another program has makes a call without sound.
    'rtp-port-usage-robustness': true,
  };
  return `<configuration name="switch.conf" description="Core">
      <settings>
${params(settings, '        ')}
      </settings>
    </configuration>`;
}

function modulesConf(): string {
  const loads = modules.map((module) => `        <load module="${module}" critical="true"/>`);
  return `<configuration name="modules.conf" description="Modules">
      <modules>
${loads.join('\n')}
      </modules>
    </configuration>`;
}

const logfileConf = `<configuration name="logfile.conf" description="Log">
      <profiles>
        <profile name="default">
          <mappings>
            <map name="all" value="warning,err,crit,alert"/>
          </mappings>
        </profile>
      </profiles>
    </configuration>`;

function sofiaConf(sipPort: number): string {
  const settings = {
    'sip-ip': '127.0.0.1',
    'sip-port': sipPort,
    'rtp-ip': '127.0.0.1',
    'bind-params': 'transport=udp',
    dialplan: 'XML',
    context: 'bench',
    'auth-calls': false,
    'disable-register': true,
    'manage-presence': false,
    'enable-timer': false,
    'inbound-codec-prefs': 'PCMU',
    'outbound-codec-prefs': 'PCMU',
    'rtp-timer-name': 'soft',
  };
  return `<configuration name="sofia.conf" description="SIP">
      <profiles>
        <profile name="bench">
          <settings>
${params(settings, '            ')}
          </settings>
        </profile>
      </profiles>
    </configuration>`;
}

/** No sound of its own; members are sent packets in silence too, as everybody's phones are here. */
function conferenceConf(): string {
  const profile = {
    rate: 8000,
    interval: 20,
    'energy-level': 300,
    'comfort-noise': false,
    'member-flags': 'waste',
    'caller-controls': 'none',
  };
  return `<configuration name="conference.conf" description="Conferences">
      <profiles>
        <profile name="bench">
${params(profile, '          ')}
        </profile>
      </profiles>
    </configuration>`;
}

const dialplan = `<context name="bench">
      <extension name="conference">
        <condition field="destination_number" expression="^(1\\d\\d\\d)$">
          <action application="answer"/>
          <action application="conference" data="$1@bench"/>
        </condition>
      </extension>
    </context>`;

function plan({ folder, sipPort, rtp }: Places): Plan {
  const configurations = [switchConf(rtp), modulesConf(), logfileConf, sofiaConf(sipPort), conferenceConf()];
  return {
    files: {
      'conf/freeswitch.xml': `<?xml version="1.0"?>
<document type="freeswitch/xml">
  <section name="configuration" description="Configuration">
    ${configurations.join('\n    ')}
  </section>
  <section name="dialplan" description="Dialplan">
    ${dialplan}
  </section>
</document>
`,
    },
    folders: ['log', 'run', 'db'],
    // Without -np it takes real-time priority, which no other engine here has.
    args: [
      ...['-nonat', '-nf', '-nc', '-np', '-conf', `${folder}/conf`],
      ...['log', 'run', 'db'].flatMap((one) => [`-${one}`, `${folder}/${one}`]),
    ],
  };
}

export const freeswitch: Peer = { name: 'FreeSWITCH', program: 'freeswitch', plan };
