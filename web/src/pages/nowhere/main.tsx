import { showPage } from '../../look/page.tsx';
import { nowhereWords } from '../../words/nowhere.ts';
import { App } from './app.tsx';
import './nowhere.css';

void showPage(nowhereWords, <App />);
