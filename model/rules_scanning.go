package model

// scanRules are the rows of rules 16 to 20. "film in N" is a Douyin post planned for N
// minutes from now on an account whose posts need no approval; "film" is one without a
// planned time. p and q are two phones that have its code.
func scanRules() []RuleRow {
	return append(ticketRules(), publicationRules()...)
}

func ticketRules() []RuleRow {
	return []RuleRow{
		{16, "A code stays the same while the post is rescheduled", "改期后二维码不变", one("film in 60"), []string{"author issues code", "author reschedules", "author issues code"}, "ok", []string{"code same"}},
		{16, "Looking changes nothing", "仅查看不产生任何变化", one("film in 0"), []string{"author issues code", "p looks", "p looks", "p scans"}, "ok", []string{"openings 1"}},
		{16, "Only what is published by scanning has a code", "只有扫码发布的内容才有扫码发布码", one("none"), []string{"admin sets allow_none on", "author submits", "author issues code"}, "not_published_by_scan", nil},
		{16, "A revoked code leads nowhere", "收回的码立即失效", one("film in 0"), []string{"author issues code", "author revokes code", "p scans"}, "ticket_ended", nil},
		{15, "No code without approval", "未通过审批不能生成扫码发布码", one("film in 60"), []string{"author edits", "author issues code"}, "not_approved", []string{"post draft"}},
		{15, "What was edited is not handed out", "内容修改后不可再发布", one("film in 0"), []string{"author issues code", "author edits", "p scans"}, "not_approved", nil},
		{15, "… until it is approved again, under the same code", "重新通过后同一个码可用", one("film in 0"), []string{"author issues code", "author edits", "author submits", "p scans"}, "ok", []string{"openings 1"}},
		{17, "Within three hours of its time a code opens", "定时后 3 小时内可打开", one("film in 0"), []string{"author issues code", "179 minutes pass", "p scans"}, "ok", []string{"post approved"}},
		{17, "… and not after them", "超过 3 小时即失效", one("film in 0"), []string{"author issues code", "180 minutes pass", "p scans"}, "ticket_ended", []string{"post expired"}},
		{17, "Without a code a post expires as well", "未生成码的帖子同样会失效", one("film in 0"), []string{"180 minutes pass"}, "ok", []string{"post expired"}},
		{17, "Without a planned time the window starts with the code", "未定时的从生成码起计 3 小时", one("film"), []string{"author issues code", "179 minutes pass", "p scans"}, "ok", nil},
		{17, "Rescheduling revives it, without a new approval", "改期即恢复，无需再次审批", one("film in 0"), []string{"author issues code", "180 minutes pass", "author reschedules"}, "ok", []string{"post approved", "gate open", "code same"}},
		{17, "A time whose window is over is refused", "窗口已过的时间不可选", one("film in 60"), []string{"author reschedules to the past"}, "invalid_request", []string{"post approved"}},
		{18, "Before the lead there is a countdown and no link", "未到开放时间只显示倒计时", one("film in 60"), []string{"author issues code", "p scans"}, "ticket_early", []string{"openings 0"}},
		{18, "It opens the lead time before", "提前量到即开放", one("film in 60"), []string{"author issues code", "50 minutes pass", "p scans"}, "ok", []string{"openings 1"}},
		{18, "Staff may open it early, and say why", "员工可说明原因提前开放", one("film in 60"), []string{"author issues code", "author opens code early", "p scans"}, "ok", []string{"openings 1"}},
	}
}

func publicationRules() []RuleRow {
	return []RuleRow{
		{19, "A scan is no publication", "扫码不等于发布", one("film in 0"), []string{"author issues code", "p scans"}, "ok", []string{"post approved"}},
		{19, "Douyin's word publishes", "抖音通知即已发布", one("film in 0"), []string{"author issues code", "p scans", "p publishes"}, "ok", []string{"post published"}},
		{19, "… and so does the poster's", "发布人确认即已发布", one("film in 0"), []string{"author issues code", "p scans", "p says published"}, "ok", []string{"post published"}},
		{19, "A phone that was handed nothing has no word", "未打开过码的手机不能确认", one("film in 0"), []string{"author issues code", "p scans", "q says published"}, "not_opened", []string{"post approved"}},
		{19, "What nobody knows is unconfirmed", "无人知晓即待确认", one("film in 0"), []string{"author issues code", "p scans", "180 minutes pass"}, "ok", []string{"post unconfirmed"}},
		{19, "Staff may say that it was not published", "员工可确认未发布", one("film in 0"), []string{"author issues code", "p scans", "180 minutes pass", "author denies"}, "ok", []string{"post expired"}},
		{19, "Douyin's late word counts", "迟到的通知依然有效", one("film in 0"), []string{"author issues code", "p scans", "180 minutes pass", "p publishes"}, "ok", []string{"post published"}},
		{19, "A second publication is recorded and flagged", "重复发布会记录并标记", one("film in 0"), []string{"author issues code", "p scans", "q takes over", "p publishes", "q publishes"}, "ok", []string{"post published", "alarms 1"}},
		{19, "Another account's publication alarms, and publishes nothing", "其他账号发布会告警", one("film in 0"), []string{"author issues code", "p scans", "p publishes elsewhere"}, "ok", []string{"post approved", "alarms 1"}},
		{19, "What is published is not changed any more", "已发布的不可再修改", one("film in 0"), []string{"author issues code", "p scans", "p publishes", "author edits"}, "post_state", []string{"post published"}},
		{19, "… and scanned no more", "也不可再扫码", one("film in 0"), []string{"author issues code", "p scans", "p publishes", "q scans"}, "already_published", nil},
		{20, "The first phone holds the code", "先打开的手机占用", one("film in 0"), []string{"author issues code", "p scans", "q scans"}, "ticket_held", []string{"openings 1"}},
		{20, "… for two minutes", "占用 2 分钟", one("film in 0"), []string{"author issues code", "p scans", "2 minutes pass", "q scans"}, "ok", []string{"openings 2"}},
		{20, "… itself again at any time", "本机可随时再次打开", one("film in 0"), []string{"author issues code", "p scans", "p scans"}, "ok", []string{"openings 2"}},
		{20, "The second phone may take over", "第二台手机可接管", one("film in 0"), []string{"author issues code", "p scans", "q takes over"}, "ok", []string{"openings 2"}},
		{20, "… and then the first waits", "接管后原手机等待", one("film in 0"), []string{"author issues code", "p scans", "q takes over", "p scans"}, "ticket_held", nil},
	}
}
