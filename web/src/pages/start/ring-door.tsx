import { useState } from 'react';
import { curl } from '../../line/curl.ts';
import { Button } from '../../look/button.tsx';
import { Select } from '../../look/select.tsx';
import { useToast } from '../../look/toast.tsx';
import { useStartWords } from '../../words/start.ts';
import { type Demo, invitationOf, ring } from './demo.ts';
import { Door } from './door.tsx';
import { visitorName } from './join-door.tsx';
import { Request } from './request.tsx';
import type { DemoHere } from './use-demo.ts';
import type { Room } from './use-room.ts';

interface RingDoorProps {
  readonly room: Room;
  readonly here: DemoHere;
  readonly demo: Demo;
}

/** A number, by the interface of applications. Who rings it is in the conference first, to see what becomes of it. */
export function RingDoor({ room, here, demo }: RingDoorProps) {
  const words = useStartWords();
  const say = useToast();
  const numbers = demo.numbers
    .filter(({ number }) => !number.includes('…'))
    .map((one) => dialled({ ...one, does: words.sandboxDoes(one.number) ?? one.does }));
  const [number, setNumber] = useState('2025550101');
  const [busy, setBusy] = useState(false);
  const [rang, setRang] = useState(false);
  const invitation = invitationOf(demo.conference, number);
  const press = async () => {
    setBusy(true);
    try {
      const { token } = await here.session();
      if (!room.inside) {
        const refusal = await room.enter(visitorName);
        if (refusal !== null) throw refusal;
      }
      await ring(invitation, token);
      setRang(true);
    } catch (error) {
      say(words.refused((error as Error).message), 'bad');
    }
    setBusy(false);
  };
  const token = here.shownToken ?? '$TOKEN';
  return (
    <Door icon="number" title={words.ring.title} text={words.ring.text} open={rang && room.inside}>
      <Select
        label={words.ring.number}
        value={number}
        options={numbers.map((one) => ({ value: one.number, text: `${one.number} ${one.does}` }))}
        onChoose={setNumber}
      />
      <div className="acts-row">
        <Button kind="primary" icon="phone" busy={busy} onPress={() => void press()}>
          {rang ? words.ring.again : words.ring.do}
        </Button>
      </div>
      <Request
        requests={[
          {
            label: words.ring.do,
            text: curl(invitation.path, invitation.body, [`-H "Authorization: Bearer ${token}"`]),
          },
        ]}
        {...(here.shownToken === null ? { from: words.tokenFrom } : {})}
      />
    </Door>
  );
}

/** `n` stands for how many seconds: two are enough to see it. */
function dialled({ number, does }: Demo['numbers'][number]): Demo['numbers'][number] {
  return {
    number: number.replace(/n$/, '2'),
    does: does.replace(/ n (?=seconds|Sekunden)/, ' 2 '),
  };
}
