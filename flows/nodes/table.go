package nodes

import "recado/flows"

// Table is every kind of node by its name, for flows.Compile and the panel's palette.
var Table = tableOf(
	abSplitType(),
	addToCartType(),
	aiAnswerType(),
	aiExtractType(),
	buttonsType(),
	cartType(),
	checkoutType(),
	closeType(),
	conditionType(),
	faqType(),
	handoffType(),
	hoursType(),
	httpType(),
	jumpType(),
	labelType(),
	languageType(),
	listType(),
	messageType(),
	noteType(),
	orderStatusType(),
	productsType(),
	questionType(),
	randomType(),
	setFieldType(),
	startFlowType(),
	stockType(),
	stopFlowType(),
	subflowType(),
	switchType(),
	tagType(),
	templateType(),
	waitType(),
)

func tableOf(types ...flows.Type) flows.Table {
	t := flows.Table{}
	for _, x := range types {
		t[x.Name] = x
	}
	return t
}
