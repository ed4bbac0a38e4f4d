import type { AgentNotice } from '../../line/agent/desk.ts';
import { When } from '../../look/when.tsx';
import { useAgentWords } from '../../words/agent.ts';

/** What the server tells, as it comes, the newest first. */
export function Notices({ notices }: { readonly notices: readonly AgentNotice[] }) {
  const words = useAgentWords();
  if (notices.length === 0) return <p className="soft">{words.noNotices}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keyboard too
    <div className="notices-told" role="log" aria-label={words.notices} tabIndex={0}>
      <ol>
        {notices.map((notice) => (
          <li key={`${notice.number} ${notice.at}`}>
            <details>
              <summary>
                <When at={notice.at} /> <span className="mono">{inShort(notice)}</span>
              </summary>
              <pre>{JSON.stringify(notice.data, null, 2)}</pre>
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** `StatusChange Held Outbound 2025550101` */
function inShort({ data }: AgentNotice): string {
  const { call, devices = [], errorMessage, notificationType, messageType } = data;
  if (errorMessage !== undefined) return `${messageType} ${errorMessage}`;
  if (call === undefined) {
    return `${messageType} ${devices.map(({ phoneNumber, userState }) => `${phoneNumber} ${userState.displayName ?? userState.state}`).join(', ')}`;
  }
  const others = call.participants.map(({ phoneNumber }) => phoneNumber).join(', ');
  return `${notificationType ?? messageType} ${call.state} ${call.callType} ${others}`;
}
